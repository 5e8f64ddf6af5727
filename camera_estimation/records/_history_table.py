"""history.csv: the iterations of one sample as a table of plain values."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from scipy.spatial.transform import Rotation
from torch import Tensor

from camera_estimation.geometry import finite_or_none, orbit_of
from camera_estimation.io import Cell, csv_text, write_text
from camera_estimation.records._history import HistoryRow

HISTORY_NAME = "history.csv"
TERM = "term_"  # before the name of a term in its column's
POSE_COLUMNS = (
    *("qw", "qx", "qy", "qz", "tx", "ty", "tz"),  # of world_to_camera
    *("yaw_deg", "pitch_deg", "radius", "look_at_x", "look_at_y", "look_at_z", "roll_deg", "fx", "fy"),
)
STEP_COLUMNS = ("turn_deg", "shift")


def history_columns(rows: Sequence[HistoryRow]) -> list[str]:
    """Headings; the terms are those of any row, in the order in which they first come."""
    terms = dict.fromkeys(name for row in rows for name in row.terms)
    return [
        *("step", "stage", "iteration", "loss", "objective"),
        *(f"{TERM}{name}" for name in terms),
        *POSE_COLUMNS,
        *STEP_COLUMNS,
    ]


def history_values(rows: Sequence[HistoryRow], center: Float[Tensor, "3"]) -> list[dict[str, Cell]]:
    """The cells of each row by heading; None where there is no finite value. ``center`` is the mesh's (world)."""
    return [
        {
            "step": step,
            "stage": row.stage,
            "iteration": row.number,
            "loss": finite_or_none(row.loss),
            "objective": finite_or_none(row.objective),
            **{f"{TERM}{name}": finite_or_none(value) for name, value in row.terms.items()},
            **_pose(row, center),
            "turn_deg": None if row.turn is None else finite_or_none(math.degrees(row.turn)),
            "shift": finite_or_none(row.shift),
        }
        for step, row in enumerate(rows)
    ]


def write_history(folder: Path, rows: Sequence[HistoryRow], center: Float[Tensor, "3"]) -> None:
    """``center`` is the mesh's, in world coordinates."""
    columns = history_columns(rows)
    cells = [[values.get(column) for column in columns] for values in history_values(rows, center)]
    write_text(folder / HISTORY_NAME, csv_text([columns, *cells]))


def read_history(folder: Path) -> tuple[list[str], list[list[Cell]]]:
    """Headings and rows of a history.csv that this package has written, numbers as such."""
    with (folder / HISTORY_NAME).open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file)
    return headings, [[_parse_cell(name, cell) for name, cell in zip(headings, row, strict=True)] for row in rows]


def _pose(row: HistoryRow, center: Float[Tensor, "3"]) -> dict[str, Cell]:
    camera = row.camera.to("cpu", torch.float64)
    x, y, z, w = Rotation.from_matrix(camera.rotation[0].numpy()).as_quat(canonical=True).tolist()
    orbit = orbit_of(camera, center.cpu())
    angles = (math.degrees(orbit.yaw), math.degrees(orbit.pitch))
    values = [w, x, y, z, *camera.translation[0].tolist(), *angles, orbit.radius, *orbit.look_at]
    values += [math.degrees(orbit.roll), *camera.focal[0].tolist()]
    return dict(zip(POSE_COLUMNS, values, strict=True))


def _parse_cell(heading: str, cell: str) -> Cell:
    if heading == "stage":
        return cell
    if not cell:
        return None
    return int(cell) if heading in ("step", "iteration") else float(cell)
