from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.rendering.point_motion import motion_of
from camera_estimation.tracking.contour._projection import find_motion, project_points
from tests.support.orbits import ball, orbiting_cameras


@pytest.fixture(scope="module")
def camera():
    return ball().to_normalized(orbiting_cameras([35.0]))


@pytest.fixture(scope="module")
def points(camera):
    random = torch.Generator().manual_seed(1)
    places = torch.rand((3, 50), generator=random, dtype=torch.float64) - 0.5
    return torch.cat([places, torch.ones(1, 50, dtype=torch.float64)])


def test_points_project_as_those_of_a_camera(camera, points):
    pixels, _ = camera.project(points[None, :3].transpose(1, 2))
    assert np.allclose(project_points(points, camera), pixels[0].numpy(), atol=1e-9)


def test_points_move_as_those_of_a_render(camera, points):
    assert np.allclose(find_motion(points, camera), motion_of(points[None, :, None], camera, 6)[0].numpy(), atol=1e-9)
