"""optimization.mp4: the render over the source while it converges, and the objective's curve beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from camera_estimation.records._history import RESULT, HistoryRow
from camera_estimation.records._loss_curve import LossCurve
from camera_estimation.records._object_panel import ObjectPanel
from camera_estimation.visualization import (
    FAINT_INK,
    INK,
    PAPER,
    image_from_pixels,
    overlay_picture,
    shorten,
    source_picture,
    title_font,
)

VIDEO_NAME = "optimization.mp4"
PANEL = 480  # pixels of the longer side of the picture
CURVE = (640, PANEL)
GAP, TITLE_SIZE, LINE_SIZE = 16, 24, 18
TOP = GAP + TITLE_SIZE + 8 + LINE_SIZE + GAP
SIZE = (GAP + PANEL + GAP + CURVE[0], TOP + PANEL + GAP)  # even, as H.264 wants it
FRAMES_PER_SECOND = 10
LONGEST = 10  # seconds; longer runs are thinned
LONGEST_STEP = 4  # frames that a step stays, where there are few
HELD = FRAMES_PER_SECOND  # frames that the answer stays beyond
# Constant quality; yuv420p is what browsers play. The index comes first, so that they begin before they have it all.
ENCODING: dict[str, Any] = {
    "codec": "libx264",
    "pixelformat": "yuv420p",
    "quality": None,
    "macro_block_size": 2,
    "output_params": ["-crf", "20", "-movflags", "+faststart"],
    "ffmpeg_log_level": "error",
}


def optimization_video(name: str, loss_type: str, rows: Sequence[HistoryRow], panel: ObjectPanel) -> bytes:
    """An MP4 file. ``panel`` is of the sample with ``PANEL`` pixels."""
    import imageio.v3 as imageio

    frames = np.stack(list(video_frames(name, loss_type, rows, panel)))
    # Where "<bytes>" is the name of the file, what it would hold comes back.
    content: Any = imageio.imwrite(
        "<bytes>", frames, extension=".mp4", plugin="FFMPEG", fps=FRAMES_PER_SECOND, **ENCODING
    )
    return content


def video_frames(
    name: str, loss_type: str, rows: Sequence[HistoryRow], panel: ObjectPanel
) -> Iterator[UInt8[np.ndarray, "H W 3"]]:
    """A frame for each step of ``spread_indices``, or several where there are few steps; the last one held."""
    curve = LossCurve([row.objective for row in rows], [row.stage for row in rows], loss_type, CURVE)
    source = source_picture(panel.image)
    frame = np.empty(0, dtype=np.uint8)
    room = LONGEST * FRAMES_PER_SECOND - HELD
    stay = max(1, min(LONGEST_STEP, room // len(rows)))
    for step in spread_indices(len(rows), room):
        row = rows[step]
        overlay = image_from_pixels(overlay_picture(source, panel.draw(row.camera)[0]))
        frame = np.asarray(_video_frame(name, _state(loss_type, row, step), overlay, curve.at(step)))
        yield from [frame] * stay
    yield from [frame] * HELD


def spread_indices(count: int, at_most: int) -> list[int]:
    """Indices spread evenly over ``count``, the first and the last among them."""
    if count <= at_most:
        return list(range(count))
    return np.linspace(0, count - 1, at_most).round().astype(int).tolist()


def _state(loss_type: str, row: HistoryRow, step: int) -> str:
    stage = row.stage if row.stage == RESULT else f"{row.stage}, iteration {row.number}"
    value = f"{row.objective:.4g}" if math.isfinite(row.objective) else "not finite"
    return f"step {step}: {stage}; {loss_type} {value}"


def _video_frame(name: str, state: str, overlay: Image.Image, curve: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(sheet)
    title, line = title_font(name, TITLE_SIZE), ImageFont.load_default(LINE_SIZE)
    width = SIZE[0] - 2 * GAP
    draw.text((GAP, GAP), shorten(name, title, width), INK, title)
    draw.text((GAP, GAP + TITLE_SIZE + 8), shorten(state, line, width), FAINT_INK, line)
    sheet.paste(overlay, (GAP + (PANEL - overlay.width) // 2, TOP + (PANEL - overlay.height) // 2))
    sheet.paste(curve, (GAP + PANEL + GAP, TOP))
    return sheet
