"""What a recorded run keeps of one sample beside its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from camera_estimation.estimation import CameraEstimate, CameraEstimator, estimate_in_window
from camera_estimation.images import SourceImage
from camera_estimation.io import write_bytes
from camera_estimation.records import _event_log as event_log, _optimization_video as optimization_video
from camera_estimation.records._history import HistoryRow, history_of
from camera_estimation.records._history_table import write_history
from camera_estimation.records._object_panel import ObjectPanel


def write_record(
    folder: Path, name: str, estimate: CameraEstimate, image: SourceImage, estimator: CameraEstimator, every: int
) -> None:
    """history.csv, optimization.mp4 and the folder tensorboard of one sample.

    Args:
        folder: Of the sample.
        name: Of the sample, on the video.
        estimate: With its recorded iterations.
        image: That it is of, undistorted.
        estimator: That made it; renders the history.
        every: Pictures in the TensorBoard log are of every so many-th step.
    """
    rows = history_of(estimate_in_window(estimate), image, estimator)
    write_history(folder, _rows_of_source(rows, image), estimator.mesh.center)
    event_log.write_event_log(folder, rows, ObjectPanel(image, estimator.renderer, event_log.PANEL), every)
    panel = ObjectPanel(image, estimator.renderer, optimization_video.PANEL)
    video = optimization_video.optimization_video(name, estimator.config.loss.name, rows, panel)
    write_bytes(folder / optimization_video.VIDEO_NAME, video)


def _rows_of_source(rows: Sequence[HistoryRow], image: SourceImage) -> Sequence[HistoryRow]:
    """With cameras of the file's picture."""
    window = image.window
    return rows if window is None else [replace(row, camera=window.to_source(row.camera)) for row in rows]
