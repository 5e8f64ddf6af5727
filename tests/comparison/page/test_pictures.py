from __future__ import annotations

from camera_estimation.comparison.page._pictures import thumbnail


def test_a_picture_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert thumbnail(tmp_path / "broken.png", (0, 0, 1, 1)) is None
