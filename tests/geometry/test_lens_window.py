from __future__ import annotations

import math

import pytest
import torch

from camera_estimation.geometry.camera import make_camera
from camera_estimation.geometry.distortion import FISHEYE, OPENCV, Distortion
from camera_estimation.geometry.lens import Lens
from camera_estimation.geometry.lens_window import window_about_pixels
from tests.support.shapes import view_from

BARREL = Lens((500.0, 520.0, 320.0, 240.0), Distortion.of(OPENCV, {"k1": -0.3, "k2": 0.05}), 640, 480)
WIDE = Lens((300.0, 300.0, 400.0, 400.0), Distortion.of(FISHEYE, {"k1": 0.02}), 800, 800)


def grid(width: int, height: int) -> torch.Tensor:
    columns = torch.linspace(0, width, 9, dtype=torch.float64)
    rows = torch.linspace(0, height, 9, dtype=torch.float64)
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1).reshape(-1, 2)


def test_without_distortion_a_window_has_the_pixels_of_the_picture():
    lens = Lens(BARREL.intrinsics, Distortion.of(OPENCV, {}), 640, 480)
    window = window_about_pixels(lens, (100.0, 50.0, 300.0, 250.0))
    assert (window.width, window.height) == (200, 200)
    assert window.intrinsics == (500.0, 520.0, 220.0, 190.0)
    assert torch.allclose(window.source_pixels(grid(200, 200)), grid(200, 200) + torch.tensor([100.0, 50.0]))


@pytest.mark.parametrize(("lens", "box"), [(BARREL, (350.0, 20.0, 600.0, 300.0)), (WIDE, (600.0, 100.0, 750.0, 260.0))])
def test_pixels_go_to_the_source_and_back(lens, box):
    window = window_about_pixels(lens, box)
    pixels = grid(window.width, window.height)
    source = window.source_pixels(pixels)
    seen = source.isfinite().all(-1)
    assert seen.float().mean() > 0.9
    assert (window.window_pixels(source[seen]) - pixels[seen]).abs().max() < 1e-6


def test_a_window_far_aside_looks_at_its_object():
    window = window_about_pixels(WIDE, (620.0, 120.0, 740.0, 240.0))
    middle = WIDE.unproject(torch.tensor([[680.0, 180.0]]))[0]
    assert math.degrees(math.acos(float(middle[2]))) > 50
    ahead = window.rotation @ middle
    assert math.degrees(math.acos(float(ahead[2]))) < 3
    assert torch.allclose(window.rotation @ window.rotation.T, torch.eye(3, dtype=torch.float64), atol=1e-12)
    assert window.width < 200  # where a window along the lens's axis would be stretched to more than 400


def test_a_window_near_the_axis_is_not_turned():
    window = window_about_pixels(BARREL, (350.0, 80.0, 560.0, 300.0))
    assert torch.equal(window.rotation, torch.eye(3, dtype=torch.float64))


def test_no_pixel_of_the_lens_is_lost():
    pincushion = Lens(BARREL.intrinsics, Distortion.of(OPENCV, {"k1": 0.4}), 640, 480)
    window = window_about_pixels(pincushion, (400.0, 20.0, 620.0, 300.0))
    assert window.shrinkage == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("lens", [BARREL, WIDE])
def test_a_camera_of_the_window_sees_points_where_the_lens_shows_them(lens):
    camera = view_from((0.1, 0.2, 1.0))
    camera = make_camera(
        camera.world_to_camera.double(), torch.tensor(lens.intrinsics, dtype=torch.float64), lens.width, lens.height
    )
    points = 0.2 * torch.randn(20, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    window = window_about_pixels(lens, (500.0, 100.0, 640.0, 260.0))
    seen = window.to_window(camera)
    in_camera = points @ camera.rotation[0].T + camera.translation
    uv, _ = seen.project(points[None])
    assert (window.source_pixels(uv[0]) - lens.project(in_camera)).nan_to_num(0).abs().max() < 1e-6
    back = window.to_source(seen)
    assert torch.allclose(back.world_to_camera, camera.world_to_camera, atol=1e-12)
    assert back.focal[0].tolist() == list(lens.intrinsics[:2])


def test_what_a_lens_does_not_show_has_no_window():
    lens = Lens((100.0, 100.0, 320.0, 240.0), Distortion.of(OPENCV, {"k1": -0.3}), 640, 480)
    assert window_about_pixels(lens, (0.0, 0.0, 40.0, 40.0)) is None


def test_more_than_a_pinhole_can_show_is_told():
    assert window_about_pixels(BARREL, (0.0, 0.0, 640.0, 480.0)).complete
    assert not window_about_pixels(WIDE, (0.0, 0.0, 800.0, 800.0)).complete
