from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.lighting.insertion.up_axis import find_up, hull_sides, parse_axis
from tests.support.lit_meshes import angle_deg
from tests.support.shapes import box, mesh_of, view_from

BOX = box((1.0, 0.7, 0.5))


@pytest.mark.parametrize(
    ("word", "expected"),
    [("+y", (0, 1, 0)), ("y", (0, 1, 0)), ("-Z", (0, 0, -1)), ("x", (1, 0, 0)), ("0,3,4", (0, 0.6, 0.8))],
)
def test_axes(word, expected):
    assert parse_axis(word) == pytest.approx(expected)


@pytest.mark.parametrize("word", ["up", "", "1,2", "0,0,0", "nan,0,1"])
def test_what_is_no_axis_is_told(word):
    with pytest.raises(InputError, match=r"up axis .*give auto"):
        parse_axis(word)


def test_an_axis_that_is_given_counts():
    assert find_up("-x", BOX, view_from((0, 0.5, 1))).vector == pytest.approx((-1, 0, 0))


@pytest.mark.parametrize("direction", [(0, 0.4, 1), (1, 1.5, 0.3), (-1, -0.2, 0.5)])
def test_the_own_axis_counts_where_people_hold_cameras_so(direction):
    found = find_up("auto", BOX, view_from(direction))
    assert found.source == "axis"
    assert found.vector == pytest.approx((0, 1, 0))


@pytest.mark.parametrize("axis", [(1.0, 0, 0), (0, 0, 1.0), (-1.0, 0, 0)])
def test_a_mesh_that_was_turned_over_lies_on_a_side(axis):
    """Seen by an upright camera, with another of its axes up."""
    camera = view_from((0.4, 0.7, 1.0))
    quarter = torch.linalg.cross(torch.tensor([0.0, 1.0, 0.0]), torch.tensor(axis))
    turned = rotvec_to_rotmat(np.pi / 2 * quarter[None])
    lying = replace(camera, rotation=camera.rotation @ turned.transpose(1, 2))
    found = find_up("auto", BOX, lying)
    assert found.source == "rests"
    assert angle_deg(found.vector, np.array(axis)) < 1


def test_a_mesh_that_tells_nothing_has_the_cameras_up():
    flat = mesh_of([[-1, 0, 0], [1, 0, 0], [0, 0.9, 0]], [[0, 1, 2]])
    camera = view_from((0, 0, 1.0))
    quarter = rotvec_to_rotmat(torch.tensor([[0.0, 0.0, np.pi / 2]]))
    rolled = replace(camera, rotation=quarter @ camera.rotation)
    found = find_up("auto", flat, rolled)
    assert found.source == "camera"
    assert found.vector == pytest.approx(-rolled.rotation[0, 1].numpy(), abs=1e-6)


def test_sides_of_a_box():
    sides, shares = hull_sides(BOX)
    assert len(sides) == 6
    assert np.sort(np.abs(sides).max(1)) == pytest.approx(1)
    areas = np.repeat([0.7, 0.5, 0.35], 2)
    assert np.sort(shares) == pytest.approx(np.sort(areas / areas.sum()))
