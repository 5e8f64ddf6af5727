"""Windows of one image about many poses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from camera_estimation.geometry.camera import concatenate, retract
from camera_estimation.images import SourceImage, cut_windows, silhouette_boxes
from tests.support.shapes import view_from


@pytest.fixture
def image():
    """Red is the column, green the row."""
    rgb = torch.zeros(3, 96, 128, dtype=torch.uint8)
    rgb[0], rgb[1] = torch.arange(128)[None, :], torch.arange(96)[:, None]
    return SourceImage(Path("ramp.png"), rgb, torch.full((1, 96, 128), 255, dtype=torch.uint8), "none")


def test_windows_show_what_is_in_them(image):
    windows = cut_windows(image, [(20.0, 30.0, 60.0, 50.0), (64.0, 32.0, 96.0, 64.0)], 0.0, 20, torch.device("cpu"))
    assert windows.side.tolist() == [40.0, 32.0]
    assert windows.corner.tolist() == [[20.0, 20.0], [64.0, 32.0]]
    middle = 255 * windows.picture[:, :2, 9:11, 9:11].mean((2, 3))
    assert torch.allclose(middle, torch.tensor([[39.5, 39.5], [79.5, 47.5]]), atol=0.2)
    assert windows.known.eq(1).all()


def test_nothing_is_known_beyond_the_border(image):
    windows = cut_windows(image, [(-20.0, 10.0, 20.0, 50.0)], 0.0, 40, torch.device("cpu"))
    assert windows.known[0, 0, :, :19].eq(0).all()
    assert windows.known[0, 0, :, 21:].eq(1).all()
    assert 255 * windows.picture[0, 0, 20, 21] == pytest.approx(1.0, abs=0.3)


def test_pixels_that_are_not_known_are_as_those_beyond_the_border(image):
    known = torch.full_like(image.mask, 255)
    known[..., :40] = 0
    windows = cut_windows(replace(image, known=known), [(20.0, 20.0, 60.0, 60.0)], 0.0, 20, torch.device("cpu"))
    assert windows.known[0, 0, :, :9].eq(0).all()
    assert windows.known[0, 0, :, 11:].eq(1).all()
    assert 255 * windows.picture[0, 0, 10, 10] == pytest.approx(41.0, abs=0.7)


def test_cameras_of_windows_see_points_where_the_image_does(image):
    full = concatenate([view_from((0.5, 0.3, 1.0)), retract(view_from((0.0, 0.0, 1.0)), 0.1 * torch.ones(1, 6))])
    boxes = [(20.0, 30.0, 60.0, 50.0), (64.0, 32.0, 96.0, 64.0)]
    windows = cut_windows(image, boxes, 0.25, 50, torch.device("cpu"))
    points = torch.rand(2, 5, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    camera = windows.camera(full)
    expected = (full.project(points)[0] - windows.corner[:, None]) * (50 / windows.side)[:, None, None]
    assert torch.allclose(camera.project(points)[0], expected, atol=1e-3)
    back = windows.full_camera(camera)
    assert torch.allclose(back.focal, full.focal)
    assert torch.allclose(back.principal_point, full.principal_point, atol=1e-4)
    assert (back.width, back.height) == (128, 96)
    assert torch.allclose(windows.boxes(boxes[0])[0], torch.tensor([50 / 6, 100 / 6, 250 / 6, 200 / 6]), atol=1e-4)


def test_boxes_of_silhouettes():
    silhouette = torch.zeros(2, 1, 20, 30)
    silhouette[0, 0, 5:9, 10:21] = 1.0
    silhouette[0, 0, 9, 10:21] = 0.3
    assert silhouette_boxes(silhouette) == [(10.0, 5.0, 21.0, 9.0), None]
