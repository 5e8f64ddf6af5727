"""The device that an estimate runs on."""

from __future__ import annotations

import torch

from camera_estimation.errors import InputError


def resolve_device(name: str) -> torch.device:
    """The device called ``auto``, ``cpu``, ``cuda`` or ``cuda:N``; ``auto`` takes CUDA where there is one.

    Raises InputError if that device is not here.
    """
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
