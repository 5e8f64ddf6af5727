"""What the GPU draws and finds is what the CPU does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.geometry.camera import Camera, concatenate, retract
from camera_estimation.losses.pose_scorer import PoseScorer
from camera_estimation.mesh.textured_mesh import TexturedMesh
from camera_estimation.refinement.gauss_newton import linearize_image
from camera_estimation.rendering.renderer import Renderer
from tests.rendering.test_cutouts import lattice
from tests.support.shapes import box, bumpy_ball, smooth_texture, target_view, view_from
from tests.support.small_estimates import small_cases

pytestmark = pytest.mark.cuda

CUDA = "cuda:0"
# CUDA multiplies and adds in one rounding, so that a sample on an edge can be of the other face.
MEAN_COLOR = 1e-4
DIFFERENT = 0.02  # of a color or of coverage, beside 1
MOST_DIFFERENT = 2e-3  # of the pixels
GRADIENT = 1e-3  # of its norm
# Of the surface, in pixels of a picture of 128: on the CPU alone these estimates move by up to 0.22 in the mean where a
# fiftieth of the pixels is one level brighter, for steps that find no lower cost end them.
POSE_PIXELS = 0.3
MESHES = {
    "small faces": lambda: bumpy_ball(60, 60),
    "large faces": lambda: box(texture=smooth_texture(), divisions=1),
    "cut-outs": lattice,
}


def cameras() -> Camera:
    return concatenate([view_from((0.5, 0.4, 1.0), 3.0), view_from((-1.0, 0.2, 0.3), 3.0), view_from((0, 1, 0.1), 0.6)])


@pytest.fixture(params=MESHES)
def mesh(request) -> TexturedMesh:
    return MESHES[request.param]()


def draw_all(renderer: Renderer, camera: Camera) -> dict[str, torch.Tensor]:
    view = renderer.render(camera)
    return {
        "draw": renderer.draw(camera)[0],
        "render": torch.cat([view.image, view.mask], dim=1),
        "supersample": renderer.supersample(camera, 3),
    }


@pytest.mark.parametrize("count", [1, 3])
def test_pictures(mesh, count):
    camera = cameras()[:count]
    expected = draw_all(Renderer(mesh), camera)
    found = draw_all(Renderer(mesh.to(CUDA)), camera.to(CUDA))
    for name, picture in found.items():
        assert picture.device.type == "cuda"
        difference = (picture.cpu() - expected[name]).abs()
        assert difference.mean() < MEAN_COLOR, name
        assert (difference.amax(1) > DIFFERENT).float().mean() < MOST_DIFFERENT, name


def pose_gradient(mesh: TexturedMesh, camera: Camera) -> torch.Tensor:
    step = torch.zeros(len(camera), 7, device=camera.device, requires_grad=True)
    view = Renderer(mesh).render(retract(camera, step))
    (view.image.square().sum() + view.mask.square().sum()).backward()
    return step.grad.cpu()


def test_pose_gradients(mesh):
    expected = pose_gradient(mesh, cameras()[:2])
    found = pose_gradient(mesh.to(CUDA), cameras()[:2].to(CUDA))
    assert ((found - expected).norm(dim=1) < GRADIENT * expected.norm(dim=1)).all()


def test_normal_equations(mesh):
    camera = cameras()[:1]
    target = target_view(Renderer(mesh), camera)
    moved = retract(camera, torch.tensor([[0.03, -0.02, 0.04, 0.02, 0.01, 0.02]]))
    expected = linearize_image(PoseScorer(target, 1.0)(Renderer(mesh), moved), 6)
    there = replace(target, rgba=target.rgba.to(CUDA), pixel_weight=target.pixel_weight.to(CUDA))
    found = linearize_image(PoseScorer(there, 1.0)(Renderer(mesh.to(CUDA)), moved.to(CUDA)), 6)
    for name in ("cost", "normal_matrix", "gradient"):
        first, second = getattr(expected, name), getattr(found, name).cpu()
        assert (first - second).norm() < 5e-3 * first.norm(), name


@pytest.mark.parametrize("name", small_cases()[1])
def test_poses(name):
    mesh, cases = small_cases()
    case = cases[name]
    expected = CameraEstimator(mesh, case.config).estimate(case.image)
    found = CameraEstimator(mesh, replace(case.config, device="cuda")).estimate(case.image)
    places = [
        estimate.camera.to("cpu", torch.float32).project(mesh.vertices[None])[0] for estimate in (found, expected)
    ]
    assert (places[0] - places[1]).norm(dim=-1).mean() < POSE_PIXELS
    assert found.occluded == expected.occluded
