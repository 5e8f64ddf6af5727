from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.io.atomic import write_bytes, write_image, write_text


def test_writes_into_folders_that_do_not_exist_yet(tmp_path):
    write_text(tmp_path / "a" / "b" / "text.txt", "Grüße\n")
    assert (tmp_path / "a" / "b" / "text.txt").read_bytes() == "Grüße\n".encode()


def test_leaves_nothing_but_the_file(tmp_path):
    write_bytes(tmp_path / "file", b"old")
    write_bytes(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"new"


def test_file_is_readable_by_others_as_the_umask_says(tmp_path):
    before = os.umask(0o022)
    try:
        write_bytes(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_trouble_while_writing_leaves_the_old_file(tmp_path, monkeypatch, trouble):
    def replace(source, target):
        raise trouble

    write_bytes(tmp_path / "file", b"old")
    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises((KeyboardInterrupt, InputError)):
        write_bytes(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_says_in_one_line_why_it_cannot_write(tmp_path):
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(InputError, match=r"taken.*cannot be written \(") as caught:
        write_text(tmp_path / "taken" / "file", "")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "1"])
def test_image_survives_the_round_trip(tmp_path, mode):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    picture = Image.fromarray(pixels).convert(mode)
    write_image(tmp_path / "image.png", picture)
    with Image.open(tmp_path / "image.png") as read:
        assert (read.format, read.mode) == ("PNG", mode)
        assert np.array_equal(np.asarray(read), np.asarray(picture))


def test_image_keeps_its_color_profile(tmp_path):
    picture = Image.new("RGB", (4, 4))
    picture.info["icc_profile"] = b"a profile"
    write_image(tmp_path / "image.png", picture)
    with Image.open(tmp_path / "image.png") as read:
        assert read.info["icc_profile"] == b"a profile"
