"""The configuration of a run from presets and flags, checked before any work starts."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

from camera_estimation.configuration import Configuration, load_preset, merged, preset_names
from camera_estimation.errors import InputError

DEVICE_NAME = re.compile(r"auto|cpu|cuda(:\d+)?")


def configured(model: str | None, preset: str | None, flags: dict[str, Any]) -> Configuration:
    """Defaults, then the preset of the generator ``model``, then a preset or TOML file, then ``flags``.

    ``flags`` is a nested dict as ``Configuration.to_dict`` gives it; what is None in it was not asked for.
    Raises InputError.
    """
    config = Configuration()
    if model is not None:
        config = load_preset(f"models/{model}", config)
    if preset is not None:
        known = preset_names()
        if not Path(preset).is_file() and preset not in known and Path(preset).suffix != ".toml":
            near = difflib.get_close_matches(preset.lower(), known, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise InputError(
                f"--config {preset}: {meant}presets are {', '.join(known)}; or give the path of a TOML file"
            )
        config = load_preset(preset, config)
    return merged(config, _given(flags), source="command line")


def check_runnable(config: Configuration) -> None:
    """Raises InputError if the device, renderer, search or objective of ``config`` is unknown or cannot be used here.

    The objective is ready for all samples afterwards.
    """
    if not DEVICE_NAME.fullmatch(config.device):
        raise InputError(f"device '{config.device}' is unknown: choose auto, cpu, cuda or cuda:N")
    from camera_estimation.losses.registry import create_loss_objective
    from camera_estimation.rendering.device import resolve_device
    from camera_estimation.rendering.renderer import check_renderer
    from camera_estimation.search.methods import check_search

    check_renderer(config.renderer)
    check_search(config.search)
    device = resolve_device(config.device)
    create_loss_objective(config.loss.name, device=str(device), **config.loss.options)


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    nested = {key: _given(value) if isinstance(value, dict) else value for key, value in flags.items()}
    return {key: value for key, value in nested.items() if value is not None and value != {}}
