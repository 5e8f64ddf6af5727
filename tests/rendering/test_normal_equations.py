"""Normal equations that are summed up pixel by pixel, beside the Jacobian that is written out."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.geometry.camera import Camera, concatenate
from camera_estimation.rendering import Renderer, motion_equations, motion_of, moving_points
from tests.support.shapes import box, bumpy_ball, smooth_texture, view_from

REACH = 2
MESHES = {"ball": lambda: bumpy_ball(30, 30, smooth_texture()), "box": lambda: box(texture=smooth_texture())}


def two_cameras() -> Camera:
    return concatenate([view_from((0.5, 0.4, 1.0), 3.0, 48, 60.0), view_from((-1.0, 0.2, 0.3), 3.5, 48, 60.0)])


def written_out(residual, weight, curvature, target, points, camera, parameters):
    """The same by the rows of the Jacobian, in double precision."""
    motion = motion_of(moving_points(points, camera, REACH), camera, parameters).double().unflatten(2, (48, 48))
    mean = (target - residual / 2).double()
    slope_u, slope_v = torch.zeros_like(mean), torch.zeros_like(mean)
    slope_u[..., 1:-1] = (mean[..., :-2] - mean[..., 2:]) / 2
    slope_v[..., 1:-1, :] = (mean[..., :-2, :] - mean[..., 2:, :]) / 2
    rows = slope_u[..., None] * motion[:, None, 0] + slope_v[..., None] * motion[:, None, 1]
    matrix = torch.einsum("bchw,bchwk,bchwl->bkl", curvature.double(), rows, rows)
    return matrix, torch.einsum("bchw,bchwk->bk", (weight * residual).double(), rows)


@pytest.mark.parametrize("name", MESHES)
@pytest.mark.parametrize("parameters", [6, 7])
@pytest.mark.parametrize("targets", [1, 2])
def test_sums_are_those_of_the_jacobian(name, parameters, targets):
    camera = two_cameras()
    _, points = Renderer(MESHES[name]()).draw(camera)
    random = torch.Generator().manual_seed(0)
    residual, weight, curvature = (torch.rand(2, 4, 48, 48, generator=random) for _ in range(3))
    weight = weight * (torch.rand(2, 4, 48, 48, generator=random) > 0.3)  # pixels that do not count
    target = torch.rand(targets, 4, 48, 48, generator=random)
    found = motion_equations(residual, weight, curvature, target, points, camera, REACH, parameters)
    expected = written_out(residual, weight, curvature, target, points, camera, parameters)
    for own, other in zip(found, expected, strict=True):
        assert (own - other).abs().max() < 1e-5 * other.abs().max()


def test_an_empty_picture_moves_nothing():
    camera = two_cameras()
    residual = torch.rand(2, 4, 48, 48, generator=torch.Generator().manual_seed(0))
    points = torch.zeros(2, 5, 48, 48)
    matrix, right = motion_equations(residual, residual, residual, residual[:1], points, camera, REACH, 6)
    assert not matrix.any()
    assert not right.any()
