"""Frames of a video in scenes: whatever their times in the file, each is at its moment."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from camera_estimation.export import PosedImage, create_exporter
from camera_estimation.io import frame_path
from tests.export.test_gltf import tree_of
from tests.support.exported_scenes import odd_camera, write_ball
from tests.support.videos import picture_of, write_video

pytestmark = pytest.mark.skipif(find_spec("av") is None, reason="pip install 'camera-estimation[video]'")
NUMBERS = (2, 5, 9)
LOSS = 12  # levels that a video's coding costs


def is_frame(picture: Image.Image, number: int) -> bool:
    found = np.asarray(picture.convert("RGB"), dtype=float)
    return bool(np.abs(found - picture_of(number)).mean() < LOSS)


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    folder = tmp_path_factory.mktemp("video")
    ball = write_ball(folder / "ball.glb")
    video = write_video(folder / "clip.mp4", [picture_of(number) for number in range(10)])
    return [
        PosedImage(
            frame_path(video, number).name,
            frame_path(video, number),
            ball.path,
            odd_camera(160, 96, direction=(number / 9 - 0.5, 0.3, 1.0)),
            lambda: ball,
            entry={"frame": number, "time_s": number / 30},
        )
        for number in NUMBERS
    ]


def test_blender_gets_numbered_pictures(frames, tmp_path, monkeypatch):
    from camera_estimation.export import _blender_program

    monkeypatch.setattr(_blender_program, "find_blender", lambda given: None)
    create_exporter("blender").write(frames, tmp_path)
    pictures = sorted((tmp_path / "images" / "clip_000002").iterdir())
    assert [picture.name for picture in pictures] == ["000001.jpg", "000002.jpg", "000003.jpg"]
    for picture, number in zip(pictures, NUMBERS, strict=True):
        assert is_frame(Image.open(picture), number)
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["clip_000002"]
    assert frames[0].image_path.parent.is_file()


def test_gltf_has_each_on_its_plane(frames, tmp_path):
    (path,) = create_exporter("gltf").write(frames, tmp_path)
    tree, binary = tree_of(path)
    named = {image["name"]: tree["bufferViews"][image["bufferView"]] for image in tree["images"] if "name" in image}
    for frame, number in zip(frames, NUMBERS, strict=True):
        view = named[frame.name]
        stored = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        assert is_frame(Image.open(io.BytesIO(stored)), number)


@pytest.mark.skipif(find_spec("pxr") is None, reason="pip install 'camera-estimation[usd]'")
def test_usd_has_each_at_its_time(frames, tmp_path):
    from pxr import Usd, UsdShade

    (path,) = create_exporter("usd").write(frames, tmp_path)
    stage = Usd.Stage.Open(str(path))
    reader = UsdShade.Shader(stage.GetPrimAtPath("/Scene/Cameras/clip/Photograph/Look/Texture"))
    for frame, number in zip(frames, NUMBERS, strict=True):
        code = 1 + (number - NUMBERS[0]) / 30 * stage.GetTimeCodesPerSecond()
        file = Path(reader.GetInput("file").Get(Usd.TimeCode(code)).resolvedPath)
        assert is_frame(Image.open(file), number), frame.name
