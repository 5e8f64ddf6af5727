"""USD scenes, opened by usd-core and by this program's own reader."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.export import create_exporter
from camera_estimation.export.exporters import usd as usd_exporter
from camera_estimation.mesh import load_mesh
from tests.support.exported_scenes import odd_camera, posed_image
from tests.support.small_samples import write_box

pytestmark = pytest.mark.skipif(find_spec("pxr") is None, reason="pip install 'camera-estimation[usd]'")
PIXEL = 1e-3


@pytest.fixture(scope="module")
def images(ball, tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    other = odd_camera(90, 150, direction=(-0.7, 0.1, -0.5), roll_deg=-70, aspect=0.8, offset=(0.3, 0.1))
    return [posed_image(folder, "1 wide", ball, odd_camera(160, 120)), posed_image(folder, "tall", ball, other)]


@pytest.fixture(scope="module")
def stage(images, tmp_path_factory):
    from pxr import Usd

    (path,) = create_exporter("usd").write(images, tmp_path_factory.mktemp("export"))
    return Usd.Stage.Open(str(path))


def cameras_of(stage) -> list:
    from pxr import UsdGeom

    return [UsdGeom.Camera(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Camera)]


def seen_pixels(camera, time, points: np.ndarray, width: int, height: int) -> np.ndarray:
    """Where usd-core's frustum sees points, in pixels."""
    from pxr import Gf

    frustum = camera.GetCamera(time).frustum
    seen = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
    device = np.array([seen.Transform(Gf.Vec3d(*point)) for point in points])
    return np.column_stack([(device[:, 0] + 1) / 2 * width, (1 - device[:, 1]) / 2 * height])


def test_its_frustum_projects_as_the_camera_does(images, stage):
    from pxr import Usd

    points = images[0].mesh.center.numpy() + 0.7 * np.random.default_rng(0).uniform(-1, 1, (50, 3))
    found = cameras_of(stage)
    assert [camera.GetPrim().GetDisplayName() for camera in found] == ["1 wide", "tall"]
    for image, camera in zip(images, found, strict=True):
        expected, _ = image.camera.project(torch.tensor(points[None]))
        pixels = seen_pixels(camera, Usd.TimeCode.Default(), points, image.camera.width, image.camera.height)
        np.testing.assert_allclose(pixels, expected[0], atol=PIXEL)
        assert camera.GetCamera(Usd.TimeCode.Default()).clippingRange.min < 3


def test_photographs_fill_the_picture_behind_the_mesh(images, stage):
    from pxr import Usd, UsdGeom, UsdShade

    cache = UsdGeom.XformCache()
    for image, camera in zip(images, cameras_of(stage), strict=True):
        plane = UsdGeom.Mesh(stage.GetPrimAtPath(f"{camera.GetPath()}/Photograph"))
        world = np.array(cache.GetLocalToWorldTransform(plane.GetPrim()))
        corners = np.array(plane.GetPointsAttr().Get()) @ world[:3, :3] + world[3, :3]
        width, height = image.camera.width, image.camera.height
        pixels, depth = image.camera.project(torch.tensor(corners[None]))
        np.testing.assert_allclose(pixels[0], [[0, height], [width, height], [width, 0], [0, 0]], atol=PIXEL)
        assert float(depth.min()) > 3
        material, _ = UsdShade.MaterialBindingAPI(plane.GetPrim()).ComputeBoundMaterial()
        reader = UsdShade.Shader(stage.GetPrimAtPath(f"{material.GetPath()}/Texture"))
        file = reader.GetInput("file").Get(Usd.TimeCode.Default())
        assert Image.open(file.resolvedPath).size == (width, height)


def test_the_mesh_is_read_back(ball, stage):
    found = load_mesh(_without_cameras(stage))
    assert len(found.faces) == len(ball.faces)
    np.testing.assert_allclose(found.center, ball.center, atol=1e-6)
    assert found.radius == pytest.approx(ball.radius, rel=1e-6)
    np.testing.assert_array_equal(found.textures[0].texels, ball.textures[0].texels)
    corners = [mesh.uv[mesh.faces.long()].reshape(-1, 2) for mesh in (ball, found)]
    np.testing.assert_allclose(*corners, atol=1e-6)


def test_colors_of_vertices_are_read_back(tmp_path):
    mesh = load_mesh(write_box(tmp_path / "box.glb"))
    exporter = create_exporter("usd")
    (path,) = exporter.write([posed_image(tmp_path, "a", mesh, odd_camera())], tmp_path / "export")
    from pxr import Usd

    found = load_mesh(_without_cameras(Usd.Stage.Open(str(path))))
    colors = [each.vertex_colors[each.faces.long()].reshape(-1, 3) for each in (mesh, found)]
    np.testing.assert_allclose(*colors, atol=1e-2)
    assert exporter.remarks == []


def test_a_sequence_has_samples_of_time(ball, tmp_path):
    from pxr import Usd, UsdShade

    cameras = [odd_camera(96, 64, direction=(place - 1.0, 0.4, 1.0)) for place in range(3)]
    cameras[2] = replace(cameras[2], focal=1.2 * cameras[2].focal)
    frames = [
        posed_image(tmp_path, f"f{place}", ball, camera, entry={"start": "neighbour", "time_s": 0.5 * place})
        for place, camera in enumerate(cameras)
    ]
    (path,) = create_exporter("usd").write(frames, tmp_path / "export")
    stage = Usd.Stage.Open(str(path))
    (camera,) = cameras_of(stage)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode(), stage.GetTimeCodesPerSecond()) == (1, 3, 2)
    points = ball.center.numpy() + 0.5 * np.random.default_rng(0).uniform(-1, 1, (20, 3))
    reader = UsdShade.Shader(stage.GetPrimAtPath(f"{camera.GetPath()}/Photograph/Look/Texture"))
    for place, frame in enumerate(frames):
        expected, _ = frame.camera.project(torch.tensor(points[None]))
        np.testing.assert_allclose(
            seen_pixels(camera, Usd.TimeCode(1 + place), points, 96, 64), expected[0], atol=PIXEL
        )
        assert reader.GetInput("file").Get(Usd.TimeCode(1 + place)).path.endswith(f"f{place}.png")


def test_a_texture_and_colors_are_told(ball, tmp_path):
    colored = replace(ball, vertex_colors=0.5 * torch.ones_like(ball.vertex_colors))
    exporter = create_exporter("usd")
    exporter.write([posed_image(tmp_path, "a", colored, odd_camera())], tmp_path / "export")
    (line,) = exporter.remarks
    assert "its colors are left out" in line


def test_without_usd_core_a_line_says_so(monkeypatch):
    monkeypatch.setattr(usd_exporter, "find_spec", lambda name: None)
    assert "pip install 'camera-estimation[usd]'" in usd_exporter.UsdExporter.missing()


def _without_cameras(stage):
    stage.RemovePrim("/Scene/Cameras")
    path = Path(stage.GetRootLayer().realPath).with_name("mesh.usda")  # beside its textures
    flat = stage.Flatten()
    flat.Export(str(path))
    return path
