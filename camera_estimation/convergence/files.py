"""What is written of random starts: for each sample, and for all samples of a run together."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from camera_estimation.convergence._table import TABLE_NAME, read_basin_table, write_basin_table
from camera_estimation.convergence.experiment import Basin
from camera_estimation.convergence.figure import FIGURE_NAME, figure_remark, write_basin_figure
from camera_estimation.io import figure_files


def write_basin(folder: Path, name: str, basin: Basin) -> None:
    """basin.csv and, where matplotlib is installed, basin.png."""
    write_basin_table(folder, basin)
    if figure_remark() is None:
        title = f"{name}, {basin.estimate.config.loss.name}"
        write_basin_figure(folder, title, basin.start_error_deg, basin.converged)


def remove_basin(folder: Path) -> None:
    """What an earlier run left, which does not belong to the new result."""
    for name in (TABLE_NAME, *figure_files(FIGURE_NAME)):
        (folder / name).unlink(missing_ok=True)


def has_basin(folder: Path, count: int) -> bool:
    """Whether a run with so many random starts has finished here."""
    table = read_basin_table(folder)
    return table is not None and len(table[0]) == count


def write_run_figure(output_dir: Path, folders: Iterable[Path], loss_type: str) -> None:
    """The starts of all samples in one figure; none if there is but one sample, or matplotlib is not installed."""
    tables = [table for folder in folders if (table := read_basin_table(folder)) is not None]
    if len(tables) > 1 and figure_remark() is None:
        errors, converged = (np.concatenate(column) for column in zip(*tables, strict=True))
        write_basin_figure(output_dir, f"{len(tables)} samples, {loss_type}", errors, converged)
