"""Pictures are converted strip by strip to what Pillow makes of the whole."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from camera_estimation.io.image_file import ROWS_AT_ONCE, read_rgba

HEIGHT, WIDTH = 2 * ROWS_AT_ONCE + 7, 33


def stored(picture: Image.Image, **options) -> io.BytesIO:
    stream = io.BytesIO()
    picture.save(stream, "PNG", **options)
    return stream


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "P with alpha", "RGB with a clear color", "1"])
def test_strips_are_those_of_the_whole(mode):
    levels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
    picture = Image.fromarray(levels)
    options = {}
    if mode.startswith("P"):
        picture = picture.convert("RGB").quantize(16)
        options = {"transparency": bytes(range(0, 160, 10))} if "alpha" in mode else {}
    elif "clear" in mode:
        picture = picture.convert("RGB")
        options = {"transparency": picture.getpixel((5, ROWS_AT_ONCE + 3))}
    else:
        picture = picture.convert(mode)
    content = stored(picture, **options).getvalue()
    with Image.open(io.BytesIO(content)) as opened:
        whole = np.array(opened.convert("RGBA"))
    rgba = read_rgba(io.BytesIO(content))
    assert rgba.shape == (HEIGHT, WIDTH, 4)
    assert rgba.flags.writeable
    assert np.array_equal(rgba, whole)
    assert ((rgba[..., 3] < 255).any()) == (mode in ("LA", "RGBA") or "alpha" in mode or "clear" in mode)
