"""What ``camera-estimate --list_losses`` shows."""

from __future__ import annotations

from camera_estimation.commands.losses._table import Times, loss_table
from camera_estimation.configuration import Configuration
from camera_estimation.errors import kind_and_reason
from camera_estimation.losses import LossObjective, find_objective_class, loss_classes, prepare_objective


def list_losses(config: Configuration, benchmark: bool) -> str:
    """The table of all objectives: the package's, those of installed packages and of a user's file, and composed ones.

    Args:
        config: ``loss.file`` and ``loss.terms`` name the user's own; times are measured on ``device``.
        benchmark: Measure how long each takes.

    Raises:
        InputError: The file or the terms are wrong.
    """
    chosen = find_objective_class(config.loss)
    losses = {**loss_classes(), config.loss.name: chosen}
    options = {config.loss.name: config.loss.options}
    missing = {name: loss.missing(**options.get(name, {})) for name, loss in losses.items()}
    if not benchmark:
        return loss_table(losses, missing)
    from camera_estimation.configuration import resolve_device

    device = str(resolve_device(config.device))
    times = {
        name: _measure_times(loss, device, options.get(name, {})) for name, loss in losses.items() if not missing[name]
    }
    return loss_table(losses, missing, times) + f"\n\nmedian milliseconds for one image of 256 x 256 pixels on {device}"


def _measure_times(loss: type[LossObjective], device: str, options: dict) -> Times:
    """Or why there are none: an objective of a user that fails must not cost the others' rows."""
    from camera_estimation.commands.losses._benchmark import time_objective

    try:
        timing = time_objective(prepare_objective(loss, device, options), device)
    except Exception as error:
        return kind_and_reason(error)
    return timing.evaluation, timing.with_gradient
