"""Videos that tests write."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from camera_estimation.io.picture_file import orient

RATE = 30
BITS = 5
TICKS = 600  # a second, of time stamps
# Degrees counter-clockwise and whether mirrored after, by EXIF's orientations.
TURNS = {1: (0, False), 2: (0, True), 3: (180, False), 4: (180, True), 8: (90, False), 7: (90, True), 6: (270, False)}


def picture_of(number: int, width: int = 160, height: int = 96) -> np.ndarray:
    """A ramp whose lower half tells the number, in five dark and bright bars."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0] = np.linspace(0, 255, width)[None]
    rgb[..., 1] = np.linspace(0, 255, height)[:, None]
    rgb[10:30, 10:30] = (40, 60, 250)
    for bit in range(BITS):
        bar = slice(bit * width // BITS, (bit + 1) * width // BITS)
        rgb[height // 2 :, bar] = 220 if number >> bit & 1 else 30
    return rgb


def write_video(
    path: Path,
    pictures: Sequence[np.ndarray],
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    ticks: Sequence[int] | None = None,
    key_every: int = 10,
    orientation: int = 1,
    faststart: bool = False,
) -> Path:
    """Encodes pictures [H, W, 3].

    Args:
        path: Its ending says the container.
        pictures: As they are to be seen.
        codec: Of the encoder.
        options: Of the encoder.
        ticks: Time stamps in ``TICKS`` a second; by default they are evenly spaced.
        key_every: Frames from one key frame to the next.
        orientation: One of EXIF's, by which players turn what is stored.
        faststart: Whether an MP4 file begins with its index, so that a part of it can be read.
    """
    import av

    stored = [np.ascontiguousarray(_turn_back(picture, orientation)) for picture in pictures]
    with av.open(str(path), "w", options={"movflags": "faststart"} if faststart else {}) as container:
        stream = container.add_stream(codec, rate=RATE, options=options or {"crf": "12"})
        stream.height, stream.width = stored[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = key_every
        if ticks is not None:
            stream.codec_context.time_base = Fraction(1, TICKS)
        if orientation != 1:
            if not hasattr(stream, "set_display_rotation"):
                pytest.skip("only PyAV 18 can write that a video is to be turned")
            degrees, mirrored = TURNS[orientation]
            stream.set_display_rotation(degrees, hflip=mirrored)
        for number, picture in enumerate(stored):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if ticks is not None:
                frame.pts, frame.time_base = ticks[number], Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _turn_back(shown: np.ndarray, orientation: int) -> np.ndarray:
    """What a player turns into ``shown``."""
    return orient(shown, {6: 8, 8: 6}.get(orientation, orientation))
