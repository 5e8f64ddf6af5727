"""The folder of a recorded run, named so that it can be told from another: DATA_LOSS_PRESET_TIME."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from camera_estimation.errors import InputError

LONGEST_PART = 60  # characters
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def run_name(data: str, loss: str, preset: str, started: datetime) -> str:
    """DATA_LOSS_PRESET_TIME, of letters, digits, dots, dashes and underscores only."""
    parts = (_safe(data) or "data", _safe(loss) or "loss", _safe(preset) or "default")
    return "_".join((*parts, started.strftime("%Y%m%d-%H%M%S")))


def new_run_folder(output_dir: Path, name: str) -> Path:
    """Make the folder of a run; where there is one of that name, the new one gets a number.

    Args:
        output_dir: The folder of all runs.
        name: See ``run_name``.

    Raises:
        InputError: It cannot be made.
    """
    for number in range(1, 1000):
        folder = output_dir / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if not output_dir.is_dir():
                raise InputError(f"{output_dir}: is not a folder; choose another output folder") from None
        except OSError as error:
            raise InputError(f"{folder}: cannot be made ({error.strerror}); choose another output folder") from error
        else:
            return folder
    raise InputError(f"{output_dir}: is full of runs named {name}; choose another output folder")


def _safe(text: str) -> str:
    return UNSAFE.sub("-", text)[:LONGEST_PART].strip("-._")
