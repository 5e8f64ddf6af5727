from __future__ import annotations

import math

import pytest
import torch

from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.search.canonical import canonical_images, pixel_rays, roll_rotations, silhouette_frame


def camera(width: int = 200, height: int = 120, focal: float = 150.0) -> Camera:
    return Camera(
        torch.eye(3)[None],
        torch.zeros(1, 3),
        torch.full((1, 2), focal),
        torch.tensor([[width / 2, height / 2]]),
        width,
        height,
    )


def cone_mask(axis: torch.Tensor, half_angle: float, view: Camera) -> torch.Tensor:
    """What a round cone about ``axis`` covers: a circle when aimed at, an ellipse off the optical axis."""
    rays = torch.nn.functional.normalize(pixel_rays(view)[0], dim=1)
    angle = torch.arccos((rays @ axis).clamp(-1, 1))
    return (angle < half_angle).float().reshape(1, 1, view.height, view.width)


@pytest.mark.parametrize("direction", [(0.0, 0.0, 1.0), (0.4, 0.2, 1.0), (-0.5, -0.25, 1.0)])
def test_a_cone_has_its_axis_and_size_anywhere_in_the_image(direction):
    axis = torch.nn.functional.normalize(torch.tensor(direction), dim=0)
    aim, size = silhouette_frame(cone_mask(axis, 0.1, camera()), camera())
    turned = aim[0] @ axis
    assert turned[:2].norm() < 2e-3
    # The root-mean-square radius of a disc is its radius over the square root of two.
    assert size.item() == pytest.approx(math.tan(0.1) / math.sqrt(2), rel=0.02)


def test_a_long_rod_fits_the_canonical_window():
    mask = torch.zeros(1, 4, 120, 200)
    mask[:, :, 58:61, 10:190] = 1.0
    aim, size = silhouette_frame(mask[:, 3:], camera())
    canonical = canonical_images(mask, camera(), aim, size, 64)[0, 3]
    assert canonical[:, :2].sum() == 0
    assert canonical[:, -2:].sum() == 0
    assert canonical.sum() > 40


def test_rolling_the_frame_rolls_the_picture():
    rgba = torch.zeros(1, 4, 120, 120)
    rgba[:, :, 60:64, 60:90] = 1.0
    view = camera(120, 120)
    rolls = roll_rotations(4, torch.device("cpu"))
    upright, quarter = canonical_images(rgba.expand(2, -1, -1, -1), view[[0, 0]], rolls[:2], torch.full((2,), 0.1), 32)[
        :, 3
    ]
    assert torch.allclose(torch.rot90(upright, -1), quarter, atol=0.05)


def test_empty_silhouette_is_no_crash():
    aim, size = silhouette_frame(torch.zeros(1, 1, 20, 20), camera(20, 20))
    assert rotmat_geodesic_distance(aim[0], torch.eye(3)).item() == 0
    assert size.item() == 1
