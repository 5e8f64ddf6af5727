"""The device that an estimate runs on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from camera_estimation.configuration.setting_types import DEVICE_NAMES, DEVICE_PATTERN
from camera_estimation.errors import InputError

if TYPE_CHECKING:
    import torch


def check_device_name(name: str) -> None:
    """Raises InputError if ``name`` is not of the form of a device's; whether it is here, ``resolve_device`` says."""
    if not re.fullmatch(DEVICE_PATTERN, name):
        raise InputError(f"device '{name}' is unknown: choose {DEVICE_NAMES}")


def resolve_device(name: str) -> torch.device:
    """The device called ``auto``, ``cpu``, ``cuda`` or ``cuda:N``; ``auto`` takes CUDA where there is one.

    Raises:
        InputError: That device is not here.
    """
    import torch

    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda":
        index = device.index or 0
        if index >= torch.cuda.device_count():
            raise InputError(
                f"device {name}: this machine has {torch.cuda.device_count()} CUDA devices; use --device cpu"
            )
        return torch.device(f"cuda:{index}")
    return device
