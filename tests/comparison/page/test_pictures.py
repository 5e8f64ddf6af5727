from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from camera_estimation.comparison.page._pictures import _result_pictures, read_part


def test_a_picture_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert read_part(tmp_path / "broken.png", (0, 0, 1, 1)) is None


def pixels_of(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_an_objective_shows_where_it_is_off(tmp_path):
    """Of a render that lies 20 pixels beside the mask."""
    mask = np.zeros((100, 100), np.uint8)
    mask[30:70, 30:70] = 255
    render = np.zeros((100, 100, 4), np.uint8)
    render[30:70, 50:90] = (200, 100, 50, 255)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    Image.fromarray(render).save(tmp_path / "render.png")
    source = Image.new("RGBA", (100, 100), (200, 100, 50, 255))
    overlay, difference = _result_pictures("l1", tmp_path, source, (0, 0, 1, 1))
    assert overlay.alternative == "overlay of l1"
    blue, red, both = (pixels_of(difference.data)[50, x].astype(int) for x in (38, 80, 60))
    assert blue[2] > 200 > blue[0]
    assert red[0] > 200 > red[2]
    assert both.max() < 40
    (tmp_path / "mask.png").unlink()
    (alone,) = _result_pictures("l1", tmp_path, source, (0, 0, 1, 1))
    assert alone.alternative == "render of l1"
