"""basin.csv: one line for each random start of a sample."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from camera_estimation.convergence.experiment import Basin
from camera_estimation.geometry import Camera
from camera_estimation.io import csv_text, write_text

TABLE_NAME = "basin.csv"
POSE = ("qw", "qx", "qy", "qz", "tx", "ty", "tz", "fy")  # world_to_camera, and the focal length in pixels
COLUMNS = (
    *("start", "start_error_deg", "end_error_deg", "converged", "end_loss"),
    *(f"{which}_{name}" for which in ("start", "end") for name in POSE),
)


def write_basin_table(folder: Path, basin: Basin) -> None:
    """``converged`` is 1 or 0; a loss that is not finite is left empty."""
    starts, ends = _pose_columns(basin.starts), _pose_columns(basin.ends)
    rows: list[list[object]] = [list(COLUMNS)]
    for index, loss in enumerate(basin.losses.tolist()):
        errors = (float(basin.start_error_deg[index]), float(basin.end_error_deg[index]))
        shown = loss if np.isfinite(loss) else None
        rows.append([index, *errors, int(basin.converged[index]), shown, *starts[index], *ends[index]])
    write_text(folder / TABLE_NAME, csv_text(rows))


def read_basin_table(folder: Path) -> tuple[Float[np.ndarray, " N"], Bool[np.ndarray, " N"]] | None:
    """Errors of the starts (degrees) and which of them converged; None if the folder has no such table."""
    try:
        with (folder / TABLE_NAME).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        return None
    errors = np.array([float(row["start_error_deg"]) for row in rows])
    return errors, np.array([row["converged"] == "1" for row in rows])


def _pose_columns(cameras: Camera) -> list[list[float]]:
    from scipy.spatial.transform import Rotation

    quaternions = Rotation.from_matrix(cameras.rotation.numpy()).as_quat(canonical=True)
    parts = (quaternions[:, [3, 0, 1, 2]], cameras.translation.numpy(), cameras.focal[:, 1:].numpy())
    return np.concatenate(parts, axis=1).tolist()
