from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, strategies as st

from camera_estimation.configuration.search_settings import OrbitConfig
from camera_estimation.geometry import axis_vector
from camera_estimation.geometry.orbit import Orbit, orbit_of, world_to_camera_of
from camera_estimation.search._orbit_space import LOOK_AT, PITCH, RADIUS, YAW, OrbitView, orbit_space, up_frame
from tests.support.shapes import view_from

SPACE = orbit_space(OrbitConfig(), with_roll=True)
anywhere = st.lists(st.floats(-1e3, 1e3), min_size=7, max_size=7)


def point(values) -> torch.Tensor:
    return torch.tensor([values], dtype=torch.float64)


def straight_view() -> OrbitView:
    return OrbitView(view_from((0, 0, 1)), torch.eye(3), torch.eye(3))


@given(anywhere)
def test_bounded_points_lie_in_the_space(values):
    inside, _ = SPACE.bound(point(values))
    assert (inside >= SPACE.low).all()
    assert (inside <= SPACE.high).all()
    again, reflected = SPACE.bound(inside)
    assert torch.allclose(again, inside) or (inside == SPACE.high)[0, SPACE.periodic].any()
    assert not reflected.any()


@given(anywhere)
def test_angles_wrap_to_the_same_direction(values):
    inside, reflected = SPACE.bound(point(values))
    turns = (inside - point(values))[0, SPACE.periodic] / (2 * math.pi)
    assert torch.allclose(turns, turns.round(), atol=1e-9)
    assert not reflected[0, SPACE.periodic].any()


def test_walls_reflect():
    outside = (SPACE.low + SPACE.high)[None] / 2
    outside[:, RADIUS] = SPACE.high[RADIUS] + 0.25
    outside[:, PITCH] = SPACE.low[PITCH] - 0.25
    inside, reflected = SPACE.bound(outside)
    assert inside[0, RADIUS].item() == pytest.approx(SPACE.high[RADIUS].item() - 0.25)
    assert inside[0, PITCH].item() == pytest.approx(SPACE.low[PITCH].item() + 0.25)
    assert reflected[0].nonzero()[:, 0].tolist() == [PITCH, RADIUS]


@given(anywhere, anywhere)
def test_difference_takes_the_short_way_around(first, second):
    (start, _), (to, _) = SPACE.bound(point(first)), SPACE.bound(point(second))
    way = SPACE.difference(to, start)
    assert (way[0, SPACE.periodic].abs() <= math.pi + 1e-9).all()
    arrived, _ = SPACE.bound(start + way)
    assert SPACE.difference(arrived, to).abs().max() < 1e-9


def test_difference_across_the_seam():
    start, to = point([3.0, 0, 2, 0, 0, 0, 0]), point([-3.0, 0, 2, 0, 0, 0, 0])
    assert SPACE.difference(to, start)[0, YAW].item() == pytest.approx(2 * math.pi - 6)


def test_samples_cover_the_sphere_and_the_ranges():
    points = SPACE.sample(4000, torch.Generator().manual_seed(1))
    assert torch.equal(SPACE.bound(points)[0].round(decimals=9), points.round(decimals=9))
    share = (points - SPACE.low) / SPACE.extent
    share[:, PITCH] = (points[:, PITCH].sin() + 1) / 2
    assert share.mean(0).sub(0.5).abs().max() < 0.03
    assert share.std(0).sub(1 / math.sqrt(12)).abs().max() < 0.02


def test_a_coordinate_can_be_fixed():
    space = orbit_space(OrbitConfig(look_at=0.0), with_roll=False)
    points = space.sample(10, torch.Generator().manual_seed(1))
    moved, _ = space.bound(points + 0.3)
    assert points[:, LOOK_AT].abs().max() < 1e-8
    assert moved.isfinite().all()
    assert (moved[:, LOOK_AT] == 0).all()


def test_points_are_the_orbits_of_the_project():
    values = [0.7, -0.4, 3.0, 0.1, -0.2, 0.05, 0.3]
    expected = world_to_camera_of(Orbit(*values[:3], tuple(values[3:6]), values[6]))
    found = straight_view().cameras(point(values)).world_to_camera[0]
    assert torch.allclose(found.double(), expected, atol=1e-6)


def test_without_roll_the_mesh_stands_upright():
    space = orbit_space(OrbitConfig(), with_roll=False)
    points = space.sample(50, torch.Generator().manual_seed(0))
    cameras = straight_view().cameras(points)
    assert (cameras.rotation @ torch.tensor([0.0, 1.0, 0.0]))[:, 0].abs().max() < 1e-5


@pytest.mark.parametrize("axis", ["+x", "-x", "+y", "-y", "+z", "-z"])
def test_any_axis_can_be_up(axis):
    up = axis_vector(axis, torch.device("cpu"))
    turn = up_frame(up)
    assert torch.equal(turn @ up, torch.tensor([0.0, 1.0, 0.0]))
    assert torch.linalg.det(turn).item() == pytest.approx(1)
    assert axis != "+y" or torch.equal(turn, torch.eye(3))


def test_cameras_look_where_they_are_aimed():
    """A point that looks at the mesh's centre sees it in the direction that ``aim`` turns to the optical axis."""
    cos, sin = math.cos(0.2), math.sin(0.2)
    aim = torch.tensor([[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]])
    camera = view_from((0, 0, 1), size=100)
    found = OrbitView(camera, torch.eye(3), aim).cameras(point([1.0, 0.2, 4.0, 0, 0, 0, 0]))
    seen, depth = found.project(torch.zeros(1, 1, 3))
    axis = aim.T @ torch.tensor([0.0, 0.0, 1.0])
    expected = axis[:2] / axis[2] * camera.focal[0] + camera.principal_point[0]
    assert torch.allclose(seen[0, 0], expected, atol=1e-3)
    assert depth.item() == pytest.approx(4.0 * cos, rel=1e-5)


def test_orbit_parameters_come_back():
    values = [2.5, 0.3, 5.0, 0.0, 0.0, 0.0, -0.8]
    found = orbit_of(straight_view().cameras(point(values)), torch.zeros(3))
    assert (found.yaw, found.pitch, found.radius, found.roll) == pytest.approx((2.5, 0.3, 5.0, -0.8), abs=1e-5)
