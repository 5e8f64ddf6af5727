from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, strategies as st

from camera_estimation.evaluation.evaluated_mesh import prepared_mesh
from camera_estimation.evaluation.sample_errors import errors_of, rotation_error_deg
from camera_estimation.evaluation.symmetries import NONE, Axis, Symmetries, group_of
from tests.support.runs import BOX_CENTER_TENSOR, BOX_DIAMETER, TRUE, moved, turned
from tests.support.small_samples import write_box

X, Y, Z = torch.eye(3, dtype=torch.float64)
ORIGIN = torch.zeros(3, dtype=torch.float64)
CAN = Symmetries(NONE.transforms, (Axis(Y, BOX_CENTER_TENSOR),))
HALF_TURNS = Symmetries(group_of([Axis(axis, BOX_CENTER_TENSOR).turn(180) for axis in (X, Y)]))


def rotation_error(camera, symmetries):
    return rotation_error_deg(camera, TRUE, symmetries)


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
    assert HALF_TURNS.include(Axis(Z, ORIGIN).turn(179)[:3, :3])
    assert not HALF_TURNS.include(Axis(Z, ORIGIN).turn(170)[:3, :3])
    assert CAN.include(Axis(Y, ORIGIN).turn(73)[:3, :3])
    assert not CAN.include(Axis(X, ORIGIN).turn(180)[:3, :3])


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    return prepared_mesh(write_box(tmp_path_factory.mktemp("mesh") / "box.glb"))


def test_box_as_the_metrics_see_it(box):
    assert box.diameter == pytest.approx(BOX_DIAMETER)
    assert len(box.points) == len(box.corners) == 8
    assert torch.allclose(box.center, BOX_CENTER_TENSOR)


def test_errors_of_a_box_turned_and_moved_by_hand(box):
    errors = errors_of(moved(turned(TRUE, 90, axis=(0, 0, 1)), (0, 0, 0.3)), TRUE, box)
    assert errors.rotation_deg == pytest.approx(90)
    assert errors.translation == pytest.approx(0.3)
    assert errors.translation_share == pytest.approx(0.3 / BOX_DIAMETER)
    assert errors.mssd > math.sqrt(2) * math.hypot(0.5, 1)
    assert errors.adds < errors.add < errors.mssd
    assert 0.3 < errors.silhouette_iou < 0.9
    assert errors.mspd_at_640 == pytest.approx(errors.mspd * 640 / 48)


def test_symmetric_box_is_judged_right(box):
    flipped = moved(turned(TRUE, 180, axis=(0, 0, 1)), (0.1, 0, 0))
    plain, symmetric = errors_of(flipped, TRUE, box), errors_of(flipped, TRUE, replace(box, symmetries=HALF_TURNS))
    assert plain.rotation_deg == pytest.approx(180)
    assert symmetric.rotation_deg == pytest.approx(0, abs=1e-5)
    for name in ("translation", "add", "mssd"):
        assert getattr(symmetric, name) == pytest.approx(0.1)
    assert symmetric.mspd < 4 < plain.mspd
    assert symmetric.adds == plain.adds == pytest.approx(0.1, abs=0.02)


def test_continuous_symmetry_counts_for_every_error(box):
    symmetric = errors_of(turned(TRUE, 73.3), TRUE, replace(box, symmetries=CAN))
    for name in ("rotation_deg", "translation", "add", "mssd", "mspd", "projection"):
        assert getattr(symmetric, name) == pytest.approx(0, abs=1e-5)


def test_silhouettes_of_the_same_pose_overlap_wholly(box):
    assert errors_of(TRUE, TRUE, box).silhouette_iou == 1


def test_object_out_of_the_image_overlaps_nothing(box):
    assert errors_of(moved(TRUE, (50, 0, 0)), TRUE, box).silhouette_iou == 0
    away = moved(TRUE, (50, 0, 0))
    assert errors_of(away, away, box).silhouette_iou is None


def test_camera_inside_of_the_object(box):
    inside = moved(TRUE, (0, 0, -5))
    errors = errors_of(inside, TRUE, box)
    assert errors.mspd == math.inf
    assert 0 <= errors.silhouette_iou < 0.5
