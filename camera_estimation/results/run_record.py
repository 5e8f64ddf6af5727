"""run.json: what made the results of an output folder."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import camera_estimation
from camera_estimation.configuration import Configuration
from camera_estimation.io import json_text, write_text

RUN_NAME = "run.json"
RECORDED_PACKAGES = ("torch", "warp-lang", "trimesh", "numpy", "pillow")


class RunRecord:
    """run.json, written when a run starts and again when it ends; ``ended`` stays null if it was killed.

    Args:
        folder: Where it is written.
        config: Of the run.
        device: As torch names it.
        command_line: The words of the command.
    """

    def __init__(self, folder: Path, config: Configuration, device: str, command_line: Sequence[str]) -> None:
        self.folder = folder
        self._values: dict[str, Any] = {
            "format": "camera-estimation/run",
            "version": 1,
            "command_line": shlex.join(command_line),
            "device": device,
            "device_name": device_name(device),
            "seed": config.seed,
            "settings": config.to_dict(),
            "versions": _versions(),
            "platform": platform.platform(),
            "started": _now(),
            "ended": None,
            "interrupted": False,
            "counts": None,
        }
        self._write()

    def finish(self, counts: dict[str, int], interrupted: bool) -> None:
        """Note how the run ended: how many samples of each kind, and whether it was interrupted."""
        self._values.update(ended=_now(), interrupted=interrupted, counts=counts)
        self._write()

    def _write(self) -> None:
        write_text(self.folder / RUN_NAME, json_text(self._values) + "\n")


def device_name(device: str) -> str:
    """The processor behind a torch device, for people."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {"camera-estimation": camera_estimation.__version__}
    versions["python"] = sys.version.split()[0]
    for package in RECORDED_PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return versions


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
