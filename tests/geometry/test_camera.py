from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, strategies as st

from camera_estimation.geometry.camera import LEAST_INVERSE, make_camera, retract
from camera_estimation.geometry.orbit import Orbit, world_to_camera_of
from tests.support.cameras import camera_of_pose

small = st.floats(-2, 2, allow_nan=False)


def test_projection_follows_the_pixel_convention():
    pose = torch.eye(4, dtype=torch.float64)
    camera = make_camera(pose[None], torch.tensor([100.0, 100.0, 0.5, 0.5]), 10, 10)
    uv, depth = camera.project(torch.tensor([[[0.0, 0.0, 2.0], [0.02, 0.04, 2.0]]], dtype=torch.float64))
    assert uv[0].tolist() == [[0.5, 0.5], [1.5, 2.5]]  # the centres of the first and of another pixel
    assert depth[0].tolist() == [2.0, 2.0]


@given(small, small, st.floats(1, 300), st.floats(1, 300), st.integers(1, 500), st.integers(1, 500))
def test_crop_moves_pixels_and_comes_back(left, top, width, height, out_width, out_height):
    camera = camera_of_pose(world_to_camera_of(Orbit(0.2, 0.1, 3.0, (0, 0, 0), 0.3)))
    crop = camera.crop(left, top, width, height, out_width, out_height)
    points = torch.tensor([[[0.1, 0.2, 0.3], [-0.4, 0.1, 0.0]]], dtype=torch.float64)
    full, cropped = camera.project(points)[0][0], crop.project(points)[0][0]
    expected = (full - torch.tensor([left, top])) * torch.tensor([out_width / width, out_height / height])
    assert torch.allclose(cropped, expected, atol=1e-6)
    back = crop.uncrop(left, top, width, height, camera.width, camera.height)
    assert torch.allclose(back.focal, camera.focal)
    assert torch.allclose(back.principal_point, camera.principal_point, atol=1e-6)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (1, [1]),
        (-1, [2]),
        ([2, 0, 2], [2, 0, 2]),
        ([], []),
        (slice(1, None), [1, 2]),
        (torch.tensor([True, False, True]), [0, 2]),
        (torch.tensor([2, 1]), [2, 1]),
    ],
)
def test_cameras_are_selected_from_a_batch(index, expected):
    poses = torch.eye(4).repeat(3, 1, 1)
    poses[:, 0, 3] = torch.arange(3.0)
    batch = make_camera(poses, torch.tensor([100.0, 100.0, 32.0, 32.0]), 64, 64)
    assert batch[index].translation[:, 0].tolist() == expected
    assert len(batch[index].focal) == len(batch[index].principal_point) == len(expected)


def test_retract_moves_as_its_parameters_say():
    camera = camera_of_pose(world_to_camera_of(Orbit(0.2, 0.1, 3.0, (0, 0, 0), 0.3)))
    step = torch.zeros(1, 7, dtype=torch.float64)
    step[0, 5] = math.log(2)
    assert torch.allclose(retract(camera, step).translation, 2 * camera.translation)
    # Half the inverse distance at constant size: distance and focal length double.
    step[0, 5], step[0, 6] = 0.0, -0.5 / camera.translation[0, 2]
    zoomed = retract(camera, step)
    assert torch.allclose(zoomed.focal, 2 * camera.focal)
    assert torch.allclose(zoomed.translation, 2 * camera.translation)
    step[0, 6] = -10 / camera.translation[0, 2]  # beyond infinity there is no camera: it goes a part of the way
    assert torch.allclose(retract(camera, step).focal, camera.focal / LEAST_INVERSE)
    origin = torch.zeros(1, 1, 3, dtype=torch.float64)
    assert torch.allclose(zoomed.project(origin)[0], camera.project(origin)[0])


def test_differentiable_at_zero_step():
    camera = camera_of_pose(world_to_camera_of(Orbit(0.2, 0.1, 3.0, (0, 0, 0), 0.3)))
    step = torch.zeros(1, 7, dtype=torch.float64, requires_grad=True)
    points = torch.randn(1, 5, 3, dtype=torch.float64) * 0.3
    assert torch.autograd.gradcheck(lambda s: retract(camera, s).project(points)[0], (step,))


def test_old_names_work_and_say_so():
    camera = camera_of_pose(world_to_camera_of(Orbit(0.2, 0.1, 3.0, (0, 0, 0), 0.3)))
    with pytest.warns(DeprecationWarning, match="Camera.centre is deprecated: use center"):
        assert torch.equal(camera.centre, camera.center)
    with pytest.warns(DeprecationWarning, match="resized"):
        assert camera.resized(64, 48).width == 64
    with pytest.warns(DeprecationWarning, match="uncropped"):
        assert camera.uncropped(0, 0, 10, 10, 100, 90).height == 90
