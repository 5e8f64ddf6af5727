"""Other programs do not read pictures in cloud storage: exports have copies of them."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from PIL import Image

from camera_estimation.export import create_exporter
from camera_estimation.io import input_path
from tests.support.export_cases import camera_at, posed_image, rigid_pose


@pytest.fixture
def image(memory_store, tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (64, 40), (200, 120, 40)).save(stream, "PNG")
    memory_store.pipe("bucket/photo.png", stream.getvalue())
    path = input_path("memory://bucket/photo.png")
    return replace(posed_image("mug", camera_at(rigid_pose()), folder=tmp_path), image_path=path)


@pytest.mark.parametrize("format_name", ["nerfstudio", "instant-ngp"])
def test_the_picture_is_beside_the_cameras(image, tmp_path, format_name):
    folder = tmp_path / "export"
    create_exporter(format_name).write([image], folder)
    (frame,) = json.loads((folder / "transforms.json").read_text())["frames"]
    picture = folder / frame["file_path"]
    assert picture.is_file()
    assert not picture.is_symlink()
    with Image.open(picture) as opened:
        assert opened.size == (64, 40)


def test_tables_name_the_url(image, tmp_path):
    (path,) = create_exporter("csv").write([image], tmp_path / "export")
    assert "memory://bucket/photo.png" in path.read_text()
