"""TensorBoard logs of one sample: scalars of every iteration, pictures of some."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from camera_estimation.records._history import HistoryRow
from camera_estimation.records._history_table import TERM, history_values
from camera_estimation.records._object_panel import ObjectPanel, depth_picture
from camera_estimation.visualization import difference_picture, render_picture

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER_NAME = "tensorboard"
PANEL = 256  # pixels of the longer side of the pictures
POSE_SCALARS = ("yaw_deg", "pitch_deg", "roll_deg", "radius", "fy")


def write_event_log(folder: Path, rows: Sequence[HistoryRow], panel: ObjectPanel, every: int) -> None:
    """Into ``folder``/tensorboard. Of every ``every``-th step, and of the answer, render, alpha, difference from the
    source and depth are kept; ``panel`` is of the sample with ``PANEL`` pixels."""
    from torch.utils.tensorboard import SummaryWriter

    values = history_values(rows, panel.renderer.mesh.center)
    with SummaryWriter(str(folder / FOLDER_NAME)) as writer:
        for step, (row, cells) in enumerate(zip(rows, values, strict=True)):
            for tag, value in _scalars(row.stage, cells).items():
                writer.add_scalar(tag, value, step)
            if step % every == 0 or step == len(rows) - 1:
                _add_pictures(writer, row, panel, step)


def _scalars(stage: str, cells: dict) -> dict[str, float]:
    tags = {"objective": "objective", "loss": f"loss/{stage}", "turn_deg": "step/turn_deg", "shift": "step/shift"}
    tags |= {heading: f"terms/{heading.removeprefix(TERM)}" for heading in cells if heading.startswith(TERM)}
    tags |= {heading: f"pose/{heading}" for heading in POSE_SCALARS}
    return {tag: cells[heading] for heading, tag in tags.items() if cells[heading] is not None}


def _add_pictures(writer: SummaryWriter, row: HistoryRow, panel: ObjectPanel, step: int) -> None:
    rgba, depth = panel.draw(row.camera)
    center = float(panel.renderer.mesh.to_normalized(row.camera.to(torch.float64)).translation[0, 2])
    writer.add_image("render", render_picture(rgba), step, dataformats="HWC")
    writer.add_image("alpha", rgba[..., 3], step, dataformats="HW")
    writer.add_image("difference", difference_picture(panel.image, rgba), step, dataformats="HWC")
    writer.add_image("depth", depth_picture(depth, center), step, dataformats="HW")
