"""How points move with the pose's parameters, by central differences."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.geometry import retract
from camera_estimation.rendering import depth_motion_of, motion_of
from tests.support.shapes import view_from

STEP = 1e-5
POINTS = 0.6 * torch.randn(1, 3, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize(("distance", "fov_deg"), [(2.0, 70.0), (4.0, 40.0), (400.0, 0.4)])
def test_motion_and_change_of_depth_are_derivatives(distance, fov_deg):
    """Of all seven parameters, to the nearly orthographic camera."""
    camera = view_from((1, 0.5, 0.3), distance=distance, fov_deg=fov_deg).to(torch.float64)
    camera = retract(camera, torch.tensor([[0.1, 0.2, -0.1, 0.1, -0.2, 0.0]], dtype=torch.float64))
    flat = POINTS.flatten(2).mT
    depth = camera.project(flat)[1].reshape(1, 1, 4, 5)
    motion = motion_of(torch.cat([POINTS, depth], dim=1), camera, 7)
    change = depth_motion_of(POINTS.flatten(2), camera, 7)
    # A change of the inverse distance is small beside it.
    lengths = torch.tensor([STEP] * 6 + [STEP / distance], dtype=torch.float64)
    for parameter, length in enumerate(lengths):
        move = torch.zeros(1, 7, dtype=torch.float64)
        move[0, parameter] = length
        after, before = (retract(camera, sign * move).project(flat) for sign in (1, -1))
        uv, z = ((a - b) / (2 * length) for a, b in zip(after, before, strict=True))
        assert torch.allclose(motion[..., parameter].mT, uv, rtol=1e-4, atol=1e-4 * float(uv.abs().max()))
        assert torch.allclose(change[..., parameter], z, rtol=1e-4, atol=1e-4 * float(z.abs().max() + 1))


def test_a_pose_alone_has_six_columns():
    camera = view_from((1, 0.5, 0.3)).to(torch.float64)
    points = torch.cat([POINTS, torch.ones_like(POINTS[:, :1])], dim=1)
    assert torch.equal(motion_of(points, camera, 6), motion_of(points, camera, 7)[..., :6])
    six, seven = (depth_motion_of(POINTS.flatten(2), camera, count) for count in (6, 7))
    assert torch.equal(six, seven[..., :6])


def test_no_point_does_not_move():
    points = torch.cat([POINTS, torch.zeros_like(POINTS[:, :1])], dim=1)
    assert not motion_of(points, view_from((1, 0.5, 0.3)).to(torch.float64), 7).any()
