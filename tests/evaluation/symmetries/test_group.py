from __future__ import annotations

import pytest
import torch
from hypothesis import given, strategies as st

from camera_estimation.evaluation.pose_errors.sample_errors import least_rotation_error_deg
from camera_estimation.evaluation.symmetries.group import NONE, Axis, Symmetries, group_of
from tests.support.runs import BOX_CENTER_TENSOR, TRUE, turned

X, Y, Z = torch.eye(3, dtype=torch.float64)
ORIGIN = torch.zeros(3, dtype=torch.float64)
CAN = Symmetries(NONE.transforms, (Axis(Y, BOX_CENTER_TENSOR),))
HALF_TURNS = Symmetries(group_of([Axis(axis, BOX_CENTER_TENSOR).turn(180) for axis in (X, Y)]))


def rotation_error(camera, symmetries):
    return least_rotation_error_deg(camera, TRUE, symmetries)


@pytest.mark.parametrize(
    ("generators", "size"),
    [
        ([], 1),
        ([(X, 180)], 2),
        ([(X, 180), (Y, 180)], 4),
        ([(Z, 60)], 6),
        ([(Z, 60), (X, 180)], 12),
        ([(X, 90), (Y, 90)], 24),
    ],
)
def test_groups_of_solids(generators, size):
    group = group_of([Axis(axis, ORIGIN).turn(angle) for axis, angle in generators])
    assert len(group) == size
    assert torch.equal(group[0], torch.eye(4, dtype=torch.float64))


def test_turns_that_make_no_solid():
    with pytest.raises(ValueError, match="more than"):
        group_of([Axis(X, ORIGIN).turn(50), Axis(Y, ORIGIN).turn(70)])


def test_half_turn_of_a_box_is_no_error_if_it_is_symmetric():
    flipped = turned(TRUE, 180, axis=(0, 0, 1))
    assert rotation_error(flipped, NONE) == pytest.approx(180)
    assert rotation_error(flipped, HALF_TURNS) == pytest.approx(0, abs=1e-5)


@given(st.floats(-180, 180), st.floats(0.1, 80))
def test_any_turn_of_a_can_is_no_error_and_its_tilt_is(angle, tilt):
    turn = turned(TRUE, angle)
    assert rotation_error(turn, CAN) == pytest.approx(0, abs=1e-5)
    assert rotation_error(turned(turn, tilt, axis=(1, 0, 0)), CAN) == pytest.approx(tilt, abs=1e-5)


@given(st.floats(-180, 180), st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda axis: sum(map(abs, axis)) > 0.1))
def test_any_rotation_of_a_ball_is_no_error(angle, axis):
    ball = Symmetries(NONE.transforms, (Axis(X, BOX_CENTER_TENSOR), Axis(Z, BOX_CENTER_TENSOR)))
    turn = turned(TRUE, angle, axis)
    assert ball.is_round
    assert rotation_error(turn, ball) == pytest.approx(0, abs=1e-5)
    equivalent = ball.equivalents(TRUE, turn)
    assert torch.allclose(equivalent.translation[-1], turn.translation[0])


def test_two_directions_of_one_axis_are_not_round():
    assert not Symmetries(NONE.transforms, (Axis(X, ORIGIN), Axis(-X, ORIGIN))).is_round
    assert not NONE.is_round


def test_which_rotations_are_included():
    assert HALF_TURNS.includes(Axis(Z, ORIGIN).turn(179)[:3, :3])
    assert not HALF_TURNS.includes(Axis(Z, ORIGIN).turn(170)[:3, :3])
    assert CAN.includes(Axis(Y, ORIGIN).turn(73)[:3, :3])
    assert not CAN.includes(Axis(X, ORIGIN).turn(180)[:3, :3])
