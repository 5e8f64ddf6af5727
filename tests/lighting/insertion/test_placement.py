from __future__ import annotations

import json
import math

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.lighting.insertion.placement import (
    GROUND,
    Ground,
    Placement,
    axes_of,
    extent,
    ground_axes,
    ground_under,
    heading_axes,
    heading_turn,
    placement_from_dict,
    world_vertices,
)
from tests.support.lit_meshes import unit
from tests.support.shapes import bumpy_ball, mesh_of, view_from

AXES = [(0, 1, 0), (0, 0, 1), (0, 0, -1), (1, 0, 0), (0.3, -0.5, 0.8)]


@pytest.mark.parametrize("up", AXES)
def test_axes_are_a_rotation(up):
    axes = axes_of(unit(*up))
    assert axes.T @ axes == pytest.approx(np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1)
    assert axes[:, 1] == pytest.approx(unit(*up))


def test_of_gltf_right_up_and_front_are_x_y_and_z():
    assert axes_of(np.array([0.0, 1.0, 0.0])) == pytest.approx(np.eye(3))
    assert pytest.approx(np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])) == axes_of(np.array([0.0, 0.0, 1.0])).T


def test_at_no_turn_the_front_looks_at_the_camera():
    camera, up = view_from((1.0, 0.5, 2.0)).to(dtype=view_from((0, 0, 1)).rotation.double().dtype), unit(0, 1, 0)
    axes = heading_axes(up, camera, np.zeros(3), 0.0)
    assert axes[:, 2] == pytest.approx(unit(1, 0, 2), abs=1e-6)
    quarter = heading_axes(up, camera, np.zeros(3), math.pi / 2)
    assert quarter[:, 2] == pytest.approx(axes[:, 0], abs=1e-6)  # counter-clockwise from above
    assert np.linalg.det(quarter) == pytest.approx(1)


@pytest.mark.parametrize("turn", [-3.0, -0.4, 0.0, 1.2, 3.1])
@pytest.mark.parametrize("up", AXES)
def test_the_turn_of_axes_is_found_again(up, turn):
    camera, base = view_from((1.0, 0.5, 2.0)).to(dtype=extent_type()), np.array([0.3, -0.2, 0.1])
    assert heading_turn(heading_axes(unit(*up), camera, base, turn), camera, base) == pytest.approx(turn)


def test_right_and_away_are_as_one_sees_them():
    right, up, away = ground_axes(unit(0, 1, 0), view_from((0, 0.6, 1.0)).to(dtype=extent_type())).T
    assert right == pytest.approx((1, 0, 0), abs=1e-6)
    assert up == pytest.approx((0, 1, 0))
    assert away == pytest.approx((0, 0, -1), abs=1e-6)


def extent_type():
    import torch

    return torch.float64


@pytest.mark.parametrize("up", AXES)
@pytest.mark.parametrize("own", [(0, 1, 0), (0, 0, 1)])
def test_an_object_stands_on_its_place(up, own):
    """Its lowest point is at the ground's height, its middle over the place, its size the scale's."""
    mesh, up = bumpy_ball(12, 12), unit(*up)
    base = np.array([1.0, -2.0, 0.5])
    placement = Placement(base, axes_of(up), 0.3, Ground(up, float(base @ up)), GROUND)
    placed = world_vertices(placement.place(mesh, axes_of(unit(*own))))
    along = (placed - base) @ placement.axes
    assert along[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert along[:, [0, 2]].min(0) == pytest.approx(-along[:, [0, 2]].max(0), abs=1e-6)
    before = world_vertices(mesh)
    far = np.linalg.norm(before[0] - before[50])
    assert np.linalg.norm(placed[0] - placed[50]) == pytest.approx(0.3 * far, rel=1e-5)
    assert np.linalg.norm(placement.place(mesh, axes_of(unit(*own))).vertices, axis=1).max() <= 1 + 1e-6


def test_the_ground_is_under_the_lowest_point():
    mesh = mesh_of([[0, -3, 0], [1, 5, 0], [0, 2, 1]], [[0, 1, 2]])
    assert ground_under(mesh, unit(0, 1, 0)).height == pytest.approx(-3)
    assert ground_under(mesh, unit(0, -1, 0)).height == pytest.approx(-5)
    assert extent(mesh) == pytest.approx(8)


def test_rays_meet_the_ground():
    ground = Ground(unit(0, 1, 0), 1.0)
    ways = np.array([[0, -1, 0], [1, -1, 0], [0, 1, 0], [1, 0, 0]], dtype=float)
    lengths = ground.meet(np.array([0.0, 4.0, 0.0]), ways)
    assert lengths[:3] == pytest.approx([3, 3, -3])
    assert not np.isfinite(lengths[3])


def test_what_json_keeps_comes_back():
    placement = Placement(np.array([1.0, 2, 3]), axes_of(unit(1, 2, 3)), 0.25, Ground(unit(1, 2, 3), -0.5), GROUND)
    again = placement_from_dict(json.loads(json.dumps(placement.to_dict())), "file")
    assert again.to_dict() == placement.to_dict()


@pytest.mark.parametrize(
    "change", [{"version": 3}, {"axes": [1, 2]}, {"ground": {}}, {"base": [1, 2, float("nan")]}, {"scale": None}]
)
def test_what_is_no_placement_is_told(change):
    placement = Placement(np.zeros(3), np.eye(3), 1.0, Ground(unit(0, 1, 0), 0.0), GROUND)
    with pytest.raises(InputError, match=r"^file: .*insert the object again"):
        placement_from_dict({**placement.to_dict(), **change}, "file")
