"""What a run writes when all samples are through, where it was recorded or started from random poses."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError


def record_folder(output_dir: Path, data: Path | None, loss: str, preset: str | None) -> Path:
    """A new folder for a run that is recorded: DATA_LOSS_PRESET_TIME. ``data`` is the meshes' folder or file, or the
    list of pairs; None for the packaged example. Raises InputError if what a record needs is not installed."""
    from camera_estimation.records import check_recordable, new_run_folder, run_name

    check_recordable()
    name = "demo" if data is None else data.resolve().stem if data.is_file() else data.resolve().name
    settings = Path(preset).stem if preset else "default"
    return new_run_folder(output_dir, run_name(name, loss, settings, datetime.now()))


def log_terminal(folder: Path) -> AbstractContextManager[None]:
    """While it lasts, what the terminal shows is written to log.txt in the folder."""
    from camera_estimation.records import LOG_NAME, tee_terminal

    return tee_terminal(folder / LOG_NAME)


def write_histories(output_dir: Path) -> None:
    """history.xlsx of all samples of a recorded run."""
    from camera_estimation.records import write_workbook
    from camera_estimation.results import read_poses

    write_workbook(output_dir, read_poses(output_dir))


def write_basins(output_dir: Path, samples: Sequence[Sample], loss: str) -> None:
    """basin.png of all samples."""
    from camera_estimation.convergence import write_run_figure
    from camera_estimation.results import sample_folder

    write_run_figure(output_dir, [sample_folder(output_dir, sample.name) for sample in samples], loss)


def check_starts(
    random_init: int | None, init: Path | None, resume_from: Path | None, sequence: bool, unmasked: bool
) -> None:
    """Raises InputError for flags that contradict each other about where estimates start."""
    ways = {"--random_init": random_init, "--init": init, "--resume_from": resume_from}
    given = [flag for flag, value in ways.items() if value is not None]
    given += ["--sequence"] if sequence and random_init is not None else []
    if len(given) > 1:
        raise InputError(f"{given[0]} and {given[1]} both say where estimates start: give one of them")
    if unmasked and (given or sequence):
        flag = given[0] if given else "--sequence"
        raise InputError(f"{flag} judges poses by the mask: leave --mask none away")


def check_evidence(given: dict[str, Any], unmasked: bool) -> None:
    """Raises InputError for evidence (by flag) where images are taken to have no mask."""
    flags = [flag for flag, value in given.items() if value]
    if unmasked and flags:
        raise InputError(f"{flags[0]} is for images with masks: leave --mask none away, or make masks with --segmenter")


def basin_remark() -> str | None:
    """A line about what random starts lack here; None if nothing."""
    from camera_estimation.convergence import figure_remark

    return figure_remark()
