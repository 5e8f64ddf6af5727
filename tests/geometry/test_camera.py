from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, strategies as st

from camera_estimation.geometry.camera import (
    Orbit,
    look_at_rotation,
    make_camera,
    orbit_of,
    retract,
    rotation_between,
    rotmat_geodesic_distance,
    rotvec_to_rotmat,
    special_procrustes,
    world_to_camera_of,
)

angles = st.floats(-math.pi, math.pi, allow_nan=False)
pitches = st.floats(-1.5, 1.5, allow_nan=False)
small = st.floats(-2, 2, allow_nan=False)


def camera_of(pose: torch.Tensor, intrinsics=(500.0, 510.0, 320.0, 240.0), width=640, height=480):
    return make_camera(pose[None], torch.tensor(intrinsics, dtype=torch.float64), width, height)


@given(angles, pitches, st.floats(0.1, 100), angles, st.tuples(small, small, small))
def test_orbit_round_trip(yaw, pitch, radius, roll, look_at):
    pose = world_to_camera_of(Orbit(yaw, pitch, radius, look_at, roll))
    # The look-at point nearest to itself is itself, in glTF's +Y-up axes (x, z, -y).
    target = torch.tensor([look_at[0], look_at[2], -look_at[1]], dtype=torch.float64)
    orbit = orbit_of(camera_of(pose), target)
    again = world_to_camera_of(orbit)
    assert torch.allclose(again, pose, atol=1e-6)
    assert orbit.radius == pytest.approx(radius, rel=1e-9)
    assert orbit.look_at == pytest.approx(look_at, abs=1e-6)


def test_orbit_center_is_as_defined():
    yaw, pitch, radius = 0.7, 0.3, 2.5
    center = camera_of(world_to_camera_of(Orbit(yaw, pitch, radius, (0.0, 0.0, 0.0), 0.0))).center[0]
    z_up = (center[0], -center[2], center[1])
    expected = (math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch))
    assert [float(value) for value in z_up] == pytest.approx([radius * value for value in expected])


def test_positive_roll_turns_the_picture_clockwise():
    upright = camera_of(world_to_camera_of(Orbit(0.4, 0.0, 3.0, (0, 0, 0), 0.0)))
    rolled = camera_of(world_to_camera_of(Orbit(0.4, 0.0, 3.0, (0, 0, 0), math.radians(30))))
    top = torch.tensor([[[0.0, 0.5, 0.0]]], dtype=torch.float64)
    (u0, v0), (u1, _) = upright.project(top)[0][0, 0], rolled.project(top)[0][0, 0]
    assert float(u0) == pytest.approx(320)
    assert float(v0) < 240
    assert float(u1) > 330


def test_projection_follows_the_pixel_convention():
    pose = torch.eye(4, dtype=torch.float64)
    camera = make_camera(pose[None], torch.tensor([100.0, 100.0, 0.5, 0.5]), 10, 10)
    uv, depth = camera.project(torch.tensor([[[0.0, 0.0, 2.0], [0.02, 0.04, 2.0]]], dtype=torch.float64))
    assert uv[0].tolist() == [[0.5, 0.5], [1.5, 2.5]]  # the centres of the first and of another pixel
    assert depth[0].tolist() == [2.0, 2.0]


@given(small, small, st.floats(1, 300), st.floats(1, 300), st.integers(1, 500), st.integers(1, 500))
def test_crop_moves_pixels_and_comes_back(left, top, width, height, out_width, out_height):
    camera = camera_of(world_to_camera_of(Orbit(0.2, 0.1, 3.0, (0, 0, 0), 0.3)))
    crop = camera.crop(left, top, width, height, out_width, out_height)
    points = torch.tensor([[[0.1, 0.2, 0.3], [-0.4, 0.1, 0.0]]], dtype=torch.float64)
    full, cropped = camera.project(points)[0][0], crop.project(points)[0][0]
    expected = (full - torch.tensor([left, top])) * torch.tensor([out_width / width, out_height / height])
    assert torch.allclose(cropped, expected, atol=1e-6)
    back = crop.uncrop(left, top, width, height, camera.width, camera.height)
    assert torch.allclose(back.focal, camera.focal)
    assert torch.allclose(back.principal_point, camera.principal_point, atol=1e-6)


@given(st.tuples(small, small, small))
def test_rotation_vector_has_its_angle(vector):
    rotation = rotvec_to_rotmat(torch.tensor([vector], dtype=torch.float64))
    angle = torch.tensor(vector, dtype=torch.float64).norm()
    expected = torch.arccos(torch.cos(angle)).item()  # angles beyond pi come round the other way
    assert rotmat_geodesic_distance(rotation, torch.eye(3, dtype=torch.float64)).item() == pytest.approx(
        expected, abs=1e-6
    )


def test_geodesic_distance_is_exact_near_zero():
    rotation = rotvec_to_rotmat(torch.tensor([[0.0, 1e-7, 0.0]], dtype=torch.float64))
    assert rotmat_geodesic_distance(rotation, torch.eye(3, dtype=torch.float64)).item() == pytest.approx(1e-7, rel=1e-6)


def test_rotation_between_turns_one_into_the_other():
    source, target = torch.nn.functional.normalize(torch.randn(2, 50, 3, dtype=torch.float64), dim=-1)
    rotation = rotation_between(source, target)
    assert torch.allclose((rotation @ source[..., None])[..., 0], target, atol=1e-9)
    assert torch.allclose(torch.linalg.det(rotation), torch.ones(50, dtype=torch.float64))


def test_look_at_is_upright_also_at_the_poles():
    directions = torch.tensor([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [0.6, 0.0, 0.8]])
    rotation = look_at_rotation(directions, torch.tensor([0.0, 1.0, 0.0]))
    assert torch.allclose(rotation @ rotation.transpose(1, 2), torch.eye(3).expand(4, 3, 3), atol=1e-6)
    assert torch.allclose(torch.linalg.det(rotation), torch.ones(4))
    assert torch.allclose(rotation[:, 2], directions)
    assert float(rotation[0, 1, 1]) == -1  # the world's up is the image's up


def test_special_procrustes_undoes_drift():
    rotation = rotvec_to_rotmat(torch.randn(10, 3, dtype=torch.float64))
    drifted = rotation + 1e-4 * torch.randn_like(rotation)
    assert rotmat_geodesic_distance(special_procrustes(drifted), rotation).max() < 1e-3
    assert torch.allclose(torch.linalg.det(special_procrustes(drifted)), torch.ones(10, dtype=torch.float64))


def test_retract_moves_as_its_parameters_say():
    camera = camera_of(world_to_camera_of(Orbit(0.2, 0.1, 3.0, (0, 0, 0), 0.3)))
    step = torch.zeros(1, 7, dtype=torch.float64)
    step[0, 5] = math.log(2)
    assert torch.allclose(retract(camera, step).translation, 2 * camera.translation)
    step[0, 5], step[0, 6] = 0.0, math.log(2)  # focal length at constant size: depth doubles with it
    zoomed = retract(camera, step)
    assert torch.allclose(zoomed.focal, 2 * camera.focal)
    assert torch.allclose(zoomed.translation, 2 * camera.translation)
    origin = torch.zeros(1, 1, 3, dtype=torch.float64)
    assert torch.allclose(zoomed.project(origin)[0], camera.project(origin)[0])


def test_differentiable_at_zero_step():
    camera = camera_of(world_to_camera_of(Orbit(0.2, 0.1, 3.0, (0, 0, 0), 0.3)))
    step = torch.zeros(1, 7, dtype=torch.float64, requires_grad=True)
    points = torch.randn(1, 5, 3, dtype=torch.float64) * 0.3
    assert torch.autograd.gradcheck(lambda s: retract(camera, s).project(points)[0], (step,))
