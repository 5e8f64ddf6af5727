from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, strategies as st

from camera_estimation.geometry.orbit import Orbit, orbit_of, world_to_camera_of
from tests.support.cameras import camera_of_pose

angles = st.floats(-math.pi, math.pi, allow_nan=False)
pitches = st.floats(-1.5, 1.5, allow_nan=False)
small = st.floats(-2, 2, allow_nan=False)


@given(angles, pitches, st.floats(0.1, 100), angles, st.tuples(small, small, small))
def test_orbit_round_trip(yaw, pitch, radius, roll, look_at):
    pose = world_to_camera_of(Orbit(yaw, pitch, radius, look_at, roll))
    # The look-at point nearest to itself is itself, in glTF's +Y-up axes (x, z, -y).
    target = torch.tensor([look_at[0], look_at[2], -look_at[1]], dtype=torch.float64)
    orbit = orbit_of(camera_of_pose(pose), target)
    again = world_to_camera_of(orbit)
    assert torch.allclose(again, pose, atol=1e-6)
    assert orbit.radius == pytest.approx(radius, rel=1e-9)
    assert orbit.look_at == pytest.approx(look_at, abs=1e-6)


def test_orbit_center_is_as_defined():
    yaw, pitch, radius = 0.7, 0.3, 2.5
    center = camera_of_pose(world_to_camera_of(Orbit(yaw, pitch, radius, (0.0, 0.0, 0.0), 0.0))).center[0]
    z_up = (center[0], -center[2], center[1])
    expected = (math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch))
    assert [float(value) for value in z_up] == pytest.approx([radius * value for value in expected])


def test_positive_roll_turns_the_picture_clockwise():
    upright = camera_of_pose(world_to_camera_of(Orbit(0.4, 0.0, 3.0, (0, 0, 0), 0.0)))
    rolled = camera_of_pose(world_to_camera_of(Orbit(0.4, 0.0, 3.0, (0, 0, 0), math.radians(30))))
    top = torch.tensor([[[0.0, 0.5, 0.0]]], dtype=torch.float64)
    (u0, v0), (u1, _) = upright.project(top)[0][0, 0], rolled.project(top)[0][0, 0]
    assert float(u0) == pytest.approx(320)
    assert float(v0) < 240
    assert float(u1) > 330
