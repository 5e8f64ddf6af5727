"""Videos written frame by frame, as H.264 in MP4, which browsers and players show."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from jaxtyping import UInt8

CODEC, PIXELS = "libx264", "yuv420p"
# Constant quality. The index comes first, so that players begin before they have it all.
OPTIONS = {"crf": "20", "preset": "superfast"}
CONTAINER = {"movflags": "+faststart"}
LACKING = "PyAV is not installed; to write videos: pip install 'camera-estimation[video]'"


def missing_for_videos() -> str | None:
    """What has to be installed to write videos, with the command for it; None if nothing."""
    return None if find_spec("av") is not None else LACKING


def video_bytes(frames: Iterable[UInt8[np.ndarray, "H W 3"]], frames_per_second: float) -> bytes:
    """The content of an MP4 file.

    Args:
        frames: sRGB, at least one, all of the first one's size; an odd row or column is left out, as the format wants.
        frames_per_second: More than 0.
    """
    import av

    with TemporaryDirectory() as folder:  # the index is moved to the front of a file, not of a stream
        path = Path(folder) / "video.mp4"
        with av.open(str(path), "w", format="mp4", options=CONTAINER) as container:
            _encode(container, frames, frames_per_second)
        return path.read_bytes()


def _encode(container: Any, frames: Iterable[UInt8[np.ndarray, "H W 3"]], frames_per_second: float) -> None:
    import av

    stream: Any = None
    for pixels in frames:
        height, width = (side - side % 2 for side in pixels.shape[:2])
        if stream is None:
            stream = container.add_stream(CODEC, rate=Fraction(frames_per_second).limit_denominator(1000))
            stream.width, stream.height, stream.pix_fmt, stream.options = width, height, PIXELS, OPTIONS
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), format="rgb24")
        for packet in stream.encode(frame):
            container.mux(packet)
    for packet in stream.encode():
        container.mux(packet)
