"""Objectives that are ready for use, one for each class, device and set of options."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import MissingWeightsError
from camera_estimation.losses._source_line import blame_file
from camera_estimation.losses.call_form import find_call_form
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.objective_options import check_options, takes_device
from camera_estimation.losses.registry import loss_class

if TYPE_CHECKING:
    import torch

_objectives: dict[tuple[type[LossObjective], str, str], LossObjective] = {}
_loading = threading.RLock()  # a composed objective loads its terms


def create_loss_objective(name: str, device: str | torch.device = "cpu", **options: Any) -> LossObjective:
    """The objective ``name``, ready for use; the same object each time, because networks load for seconds.

    Args:
        name: One of ``loss_names``.
        device: Where it runs.
        **options: Those of its class; of a composed objective, those of its terms.

    Raises:
        InputError: An unknown name or option.
        MissingWeightsError: Weights are not on this machine.
    """
    return prepare_objective(loss_class(name), device, options)


def prepare_objective(cls: type[LossObjective], device: str | torch.device, options: dict[str, Any]) -> LossObjective:
    """As ``create_loss_objective``, of a class."""
    check_options(cls, options)
    key = (cls, str(device), repr(sorted(options.items())))
    with _loading:
        if key not in _objectives:
            missing = cls.missing(**options)
            if missing:
                raise MissingWeightsError(missing)
            _objectives[key] = _set_up(cls, device, options)
        return _objectives[key]


def _set_up(cls: type[LossObjective], device: str | torch.device, options: dict[str, Any]) -> LossObjective:
    """Set up; a class whose constructor knows of no device is told afterwards."""
    try:
        objective = cls(device=device, **options) if takes_device(cls) else cls(**options)
        objective.device = device
        objective.setup_models()
    except Exception as error:
        raise blame_file(cls, error) from error
    if objective.input_form is None:
        objective.input_form = find_call_form(objective)
    return objective
