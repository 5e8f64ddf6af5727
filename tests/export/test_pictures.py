"""Which pictures other programs show as this one does, and copies of the others."""

from __future__ import annotations

import errno
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from camera_estimation.errors import InputError
from camera_estimation.export._picture_folder import place_picture
from camera_estimation.export.pictures import path_between, picture_file
from camera_estimation.images import read_upright
from tests.support.export_cases import camera_at, posed_image, rigid_pose

TURNED = 6  # of EXIF's orientations: to be turned by 90 degrees


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 255, (40, 64, 3), dtype=np.uint8)


def exported(path: Path, folder: Path) -> Path:
    return picture_file(posed_image("spot", camera_at(rigid_pose()), image=path), folder)


def exif(orientation: int) -> Image.Exif:
    values = Image.Exif()
    values[274] = orientation
    return values


def move_chunk_to_the_end(path: Path, kind: bytes) -> None:
    content = path.read_bytes()
    start = content.index(kind) - 4
    end = start + 12 + struct.unpack_from(">I", content, start)[0]
    path.write_bytes(content[:start] + content[end:-12] + content[start:end] + content[-12:])


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_plain_pictures_stay_where_they_are_and_are_not_decoded(tmp_path, pixels, name, monkeypatch):
    path = tmp_path / name
    Image.fromarray(pixels).save(path, exif=exif(1))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("it was decoded"))
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda self: pytest.fail("it was decoded"))
    assert exported(path, tmp_path / "out") == path


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_turned_pictures_are_copied_upright(tmp_path, pixels, name, late):
    path = tmp_path / name
    Image.fromarray(pixels).save(path, exif=exif(TURNED))
    if late and name == "a.png":
        move_chunk_to_the_end(path, b"eXIf")
    copy = exported(path, tmp_path / "out")
    assert copy == (tmp_path / "out" / "images" / "spot").with_suffix(path.suffix)
    with Image.open(copy) as opened:
        assert opened.size == (40, 64)
        off = np.abs(np.asarray(opened.convert("RGB")).astype(int) - read_upright(path)[..., :3])
    assert off.max() == 0 if name == "a.png" else off.mean() < 3


def test_wide_colors_and_rare_formats_are_copied(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.webp", lossless=True)
    copy = exported(tmp_path / "a.webp", tmp_path / "out")
    assert (np.array(Image.open(copy).convert("RGB")) == pixels).all()
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=profile)
    assert exported(tmp_path / "a.png", tmp_path / "out") != tmp_path / "a.png"


def test_paths_have_slashes(tmp_path):
    assert path_between(tmp_path / "in" / "a.png", tmp_path / "out" / "x") == "../../in/a.png"


def test_a_copy_that_does_not_fit_on_the_disk_leaves_nothing(tmp_path, pixels, monkeypatch):
    Image.fromarray(pixels).save(tmp_path / "spot.png")

    def fill(source, target):
        Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", fill)
    image = posed_image("spot", camera_at(rigid_pose()), image=tmp_path / "spot.png")
    with pytest.raises(InputError, match=r"spot\.png: cannot be written \(No space left .*; free some space"):
        place_picture(image, "spot", tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
