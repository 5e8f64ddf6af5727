"""The whole method on the packaged example and on renders with known cameras."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

import camera_estimation
from camera_estimation import Configuration, estimate_camera, load_mesh, load_preset, load_source_image
from camera_estimation.configuration import CameraConfig, LossConfig, ModelConfig
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.geometry.camera import Camera, retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.images.source_image import SourceImage
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, source_image_of, view_from

EXAMPLES = Path(camera_estimation.__file__).parent / "examples"


def angle_deg(first: Camera, second: Camera) -> float:
    return math.degrees(rotmat_geodesic_distance(first.rotation.double(), second.rotation.double()).item())


@pytest.fixture(scope="module")
def example():
    mesh, image = load_mesh(EXAMPLES / "spot.glb"), load_source_image(EXAMPLES / "spot.png")
    expected = json.loads((EXAMPLES / "expected_camera.json").read_text())
    pose = torch.tensor(expected["world_to_camera"], dtype=torch.float64)[None]
    intrinsics = tuple(expected[name] for name in ("fx", "fy", "cx", "cy"))
    return mesh, image, intrinsics, pose


@pytest.fixture(scope="module")
def default_estimate(example):
    mesh, image, intrinsics, _ = example
    return estimate_camera(mesh, image, intrinsics=intrinsics)


def rotation_error_deg(estimate, pose) -> float:
    return math.degrees(rotmat_geodesic_distance(estimate.camera.rotation, pose[:, :3, :3]).item())


def test_example_in_three_lines(example, default_estimate):
    mesh, _, intrinsics, pose = example
    assert rotation_error_deg(default_estimate, pose) < 0.3
    error = (default_estimate.camera.translation - pose[:, :3, 3]).norm() / (2 * mesh.radius)
    assert error < 0.005
    assert default_estimate.silhouette_iou > 0.98
    assert default_estimate.camera.focal[0, 0].item() == intrinsics[0]
    assert set(default_estimate.seconds) == {"prepare", "search", "refine", "explain", "decide"}
    rotation = default_estimate.camera.rotation[0]
    assert torch.allclose(rotation @ rotation.T, torch.eye(3, dtype=torch.float64), atol=1e-12)


def test_same_seed_same_digits_whatever_came_before(example, default_estimate):
    mesh, image, intrinsics, _ = example
    estimator = CameraEstimator(mesh)
    other = source_image_of(estimator.renderer.draw(view_from((1, 0.2, -0.5), size=200))[0])
    estimator.estimate(other)
    again = estimator.estimate(image, intrinsics=intrinsics)
    assert torch.equal(again.camera.world_to_camera, default_estimate.camera.world_to_camera)
    assert again.loss == default_estimate.loss


@pytest.mark.parametrize("loss", ["l1l2", "ssim", "mask_only"])
def test_objectives_without_networks_find_the_example(example, loss):
    mesh, image, intrinsics, pose = example
    estimate = estimate_camera(mesh, image, Configuration(loss=LossConfig(name=loss)), intrinsics=intrinsics)
    assert rotation_error_deg(estimate, pose) < 2
    assert estimate.config.loss.name == loss


def test_fast_preset_finds_the_example(example):
    mesh, image, intrinsics, pose = example
    assert rotation_error_deg(estimate_camera(mesh, image, load_preset("fast"), intrinsics=intrinsics), pose) < 1


def test_model_presets_order_but_never_forbid(example):
    mesh, image, intrinsics, pose = example
    misled = Configuration(model=ModelConfig("wrong", up_axis="-y", front_axis="-z", prior_weight=0.02))
    assert rotation_error_deg(estimate_camera(mesh, image, misled, intrinsics=intrinsics), pose) < 1


def rewritten(tmp_path: Path, name: str, change) -> Path:
    """The example's GLB with ``change`` applied to its only geometry."""
    scene = trimesh.load(EXAMPLES / "spot.glb", force="scene")
    (geometry,) = scene.geometry.values()
    path = tmp_path / f"{name}.glb"
    path.write_bytes(change(geometry).export(file_type="glb"))
    return path


def scaled_and_moved(geometry):
    geometry = geometry.copy()
    geometry.vertices = geometry.vertices * 1000 + np.array([500.0, -300.0, 2000.0])
    return geometry


def subdivided(geometry):
    vertices, faces, attributes = trimesh.remesh.subdivide(
        geometry.vertices, geometry.faces, vertex_attributes={"uv": geometry.visual.uv}
    )
    visual = trimesh.visual.TextureVisuals(uv=attributes["uv"], material=geometry.visual.material)
    return trimesh.Trimesh(vertices, faces, visual=visual, process=False)


def test_scale_and_origin_of_the_mesh_change_nothing(example, default_estimate, tmp_path):
    _, image, intrinsics, _ = example
    mesh = load_mesh(rewritten(tmp_path, "scaled", scaled_and_moved))
    estimate = estimate_camera(mesh, image, intrinsics=intrinsics)
    assert angle_deg(estimate.camera, default_estimate.camera) < 0.1
    moved_center = torch.tensor([500.0, -300.0, 2000.0], dtype=torch.float64)
    rotation = default_estimate.camera.rotation[0]
    expected = 1000 * default_estimate.camera.translation[0] - rotation @ moved_center
    assert (estimate.camera.translation[0] - expected).norm() < 0.005 * 1000


def test_density_of_the_mesh_changes_nothing(example, default_estimate, tmp_path):
    _, image, intrinsics, _ = example
    mesh = load_mesh(rewritten(tmp_path, "dense", subdivided))
    assert len(mesh.faces) > 20000  # searched on a simplified copy
    assert angle_deg(estimate_camera(mesh, image, intrinsics=intrinsics).camera, default_estimate.camera) < 0.1


def test_object_in_the_corner_of_a_photo_has_the_pose_of_its_crop():
    mesh = bumpy_ball(50, 50)
    focal = 1500.0
    full = Camera(
        torch.eye(3)[None], torch.zeros(1, 3), torch.full((1, 2), focal), torch.tensor([[960.0, 540.0]]), 1920, 1080
    )
    pose = retract(view_from((0.6, 0.5, 1.0), distance=8.0), torch.tensor([[0.2, 0.1, 0.4, 0.0, 0.0, 0.0]]))
    camera = replace(full, rotation=pose.rotation, translation=torch.tensor([[-3.6, -1.7, 8.0]]))
    photo = source_image_of(Renderer(mesh).supersample(camera, 2))
    rows, columns = (torch.nonzero((photo.mask[0] > 0).any(axis))[:, 0] for axis in (1, 0))
    top, left = int(rows[0]) - 20, int(columns[0]) - 20
    assert top > 0
    assert left > 0
    size = max(int(rows[-1]) - top, int(columns[-1]) - left) + 20
    window = (slice(None), slice(top, top + size), slice(left, left + size))
    crop = SourceImage(Path("crop.png"), photo.rgb[window], photo.mask[window], "alpha")
    estimator = CameraEstimator(mesh)
    from_photo = estimator.estimate(photo, intrinsics=(focal, focal, 960.0, 540.0))
    from_crop = estimator.estimate(crop, intrinsics=(focal, focal, 960.0 - left, 540.0 - top))
    assert angle_deg(from_photo.camera, from_crop.camera) < 0.1
    assert angle_deg(from_photo.camera, camera) < 0.3
    expected = mesh.to_world(camera).translation
    assert (from_photo.camera.translation - expected).norm() < 0.005 * expected.norm()


def test_a_long_thin_object_is_found():
    ball = bumpy_ball(40, 40)
    rod = replace(ball, vertices=ball.vertices * torch.tensor([1.0, 0.12, 0.15]))
    camera = retract(view_from((0.5, 0.3, 1.0), distance=3.0, size=400), torch.tensor([[0.0, 0, 1.1, 0, 0, 0]]))
    image = source_image_of(Renderer(rod).supersample(camera, 2))
    estimate = estimate_camera(rod, image)
    assert angle_deg(estimate.camera, camera) < 1


def test_unknown_field_of_view_is_estimated():
    mesh = bumpy_ball(50, 50)
    camera = view_from((0.5, 0.3, 1.0), distance=2.2, size=300, fov_deg=55)
    image = source_image_of(Renderer(mesh).supersample(camera, 2))
    estimate = estimate_camera(mesh, image, Configuration(camera=CameraConfig(fov_deg=40, optimize_fov="on")))
    assert math.degrees(estimate.camera.fov.item()) == pytest.approx(55, abs=3)
    assert angle_deg(estimate.camera, camera) < 1


@pytest.mark.parametrize("loss", ["silhouette_color", "l1l2"])
def test_upright_keeps_the_horizon(loss):
    mesh = bumpy_ball(40, 40)
    image = source_image_of(Renderer(mesh).supersample(view_from((0.5, 0.6, 1.0), size=256), 2))
    estimate = estimate_camera(
        mesh, image, Configuration(camera=CameraConfig(roll="upright"), loss=LossConfig(name=loss))
    )
    assert abs(math.degrees(estimate.orbit(mesh).roll)) < 1e-3
    assert angle_deg(estimate.camera, view_from((0.5, 0.6, 1.0))) < 0.5


def test_progress_hears_of_every_stage(example):
    mesh, image, intrinsics, _ = example
    heard = []
    estimate_camera(
        mesh,
        image,
        load_preset("fast"),
        intrinsics=intrinsics,
        progress=lambda stage, loss: heard.append((stage, loss)),
    )
    assert [stage for stage, loss in heard if loss is None] == ["prepare", "search", "refine", "explain", "decide"]
    assert heard[-1][1] is not None
