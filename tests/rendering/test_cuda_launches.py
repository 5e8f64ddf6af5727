"""The launches of CUDA (a thread for each item, bands, one launch for all views) give what the CPU's own do."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation.geometry.camera import Camera, concatenate, retract
from camera_estimation.losses.pose_scorer import PoseScorer
from camera_estimation.refinement.gauss_newton import linearize_image
from camera_estimation.rendering import _visibility, _warp_runtime
from camera_estimation.rendering.renderer import Renderer
from tests.rendering.test_cutouts import lattice
from tests.support.cuda_geometry import launch_as_on_cuda
from tests.support.shapes import box, bumpy_ball, smooth_texture, target_view, view_from

CPU = torch.device("cpu")
DIRECTIONS = ((0.5, 0.4, 1.0), (-1.0, 0.2, 0.3), (0.1, -0.9, -0.2))
MESHES = {
    "small faces": lambda: bumpy_ball(40, 40),
    "large faces": lambda: box(texture=smooth_texture(), divisions=1),
    "cut-outs": lattice,
}


def cameras(count: int, size: int = 96, distance: float = 3.0) -> Camera:
    return concatenate([view_from(direction, distance, size) for direction in DIRECTIONS[:count]])


@pytest.fixture(params=MESHES)
def renderer(request) -> Renderer:
    return Renderer(MESHES[request.param]())


@pytest.fixture
def both_launches(monkeypatch):
    """Calls a function with the launches of the CPU and with those of CUDA."""

    def call(function):
        own = function()
        with monkeypatch.context() as patch:
            launch_as_on_cuda(patch)
            return own, function()

    return call


def assert_equal(own, other) -> None:
    assert len(own) == len(other) > 0
    for first, second in zip(own, other, strict=True):
        assert first.abs().sum() > 0
        assert torch.equal(first, second)


@pytest.mark.parametrize("count", [1, 3])
def test_pictures_are_the_same(renderer, both_launches, count):
    def draw():
        view = renderer.render(cameras(count))
        return view.image, view.mask, view.points, *renderer.draw(cameras(count)), renderer.supersample(cameras(1), 3)

    assert_equal(*both_launches(draw))


def test_close_up_pictures_are_the_same(renderer, both_launches):
    """From within the object, where faces reach behind the camera and cover all bands."""
    assert_equal(*both_launches(lambda: renderer.draw(cameras(2, distance=0.5))))


def test_pose_gradients_are_the_same(renderer, both_launches):
    camera = cameras(3)

    def differentiate():
        step = torch.zeros(3, 7, requires_grad=True)
        view = renderer.render(retract(camera, step))
        (view.image.square().sum() + view.mask.sum()).backward()
        return (step.grad,)

    assert_equal(*both_launches(differentiate))


@pytest.mark.parametrize("parameters", [6, 7])
def test_normal_equations_are_the_same(renderer, both_launches, parameters):
    target = target_view(renderer, cameras(1))
    moved = retract(cameras(1), torch.tensor([[0.03, -0.02, 0.04, 0.02, 0.01, 0.02, 0.01]]))

    def linearize():
        found = linearize_image(PoseScorer(target, 1.0)(renderer, moved), parameters)
        return found.cost, found.normal_matrix, found.gradient

    assert_equal(*both_launches(linearize))


def test_moved_vertices_are_the_same(renderer, both_launches):
    def draw():
        return renderer.with_vertices(renderer.mesh.vertices * torch.tensor([1.0, 0.7, 1.2])).draw(cameras(2))

    assert_equal(*both_launches(draw))


def test_depths_do_not_depend_on_bands(renderer, monkeypatch):
    """To the last of their bits, by which the nearest of surfaces that cross is chosen."""
    camera = cameras(1, distance=1.2)
    mesh, surface = renderer.mesh, renderer._backend._surface
    homogeneous = _visibility.homogeneous_pixels(mesh.vertices, camera, 2)
    found = []
    for bands in (1, 2, 7, 24):
        monkeypatch.setattr(_visibility, "band_count", lambda *_, bands=bands: bands)
        found.append(_visibility.visible_faces(homogeneous, mesh.faces, surface, camera, 2))
    assert all(torch.equal(found[0], other) for other in found[1:])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_pictures_do_not_depend_on_the_number_of_threads(renderer, monkeypatch, threads):
    expected = renderer.draw(cameras(1))
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert_equal(expected, renderer.draw(cameras(1)))


def test_launches_are_those_of_cuda(monkeypatch):
    """What the tests above compare is not the CPU's own twice: one launch, a thread for each item, bands."""
    launches = []
    launch = _warp_runtime.launch_kernel
    for module in (_visibility, _warp_runtime):
        monkeypatch.setattr(module, "launch_kernel", lambda *args: (launches.append(args[:2]), launch(*args)))
    launch_as_on_cuda(monkeypatch)
    renderer = Renderer(box(divisions=1))
    renderer.draw(cameras(3))
    faces, rows = len(renderer.mesh.faces), 2 * 96
    bands = rows // _visibility.ROWS_PER_BAND
    assert [(kernel.key, dim) for kernel, dim in launches] == [
        ("find_row_spans", (3, faces)),
        ("rasterize", (3, bands, faces)),
    ]


@pytest.mark.parametrize(("views", "faces", "rows"), [(1, 12, 512), (3, 100_000, 512), (2000, 5000, 96), (1, 1, 4)])
def test_bands_keep_the_device_busy_and_no_more(monkeypatch, views, faces, rows):
    launch_as_on_cuda(monkeypatch)
    bands = _visibility.band_count(views, faces, rows, CPU)
    assert 1 <= bands <= max(1, rows // _visibility.ROWS_PER_BAND)
    assert bands == 1 or views * faces * bands <= _visibility.CUDA_THREADS


def test_a_mesh_without_faces_in_view(both_launches):
    behind = replace(cameras(1), translation=torch.tensor([[0.0, 0.0, -4.0]]))
    own, other = both_launches(lambda: Renderer(bumpy_ball(10, 10)).draw(behind))
    assert own[0].abs().sum() == other[0].abs().sum() == 0
