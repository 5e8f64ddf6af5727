from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.evaluation.pose_errors.evaluated_mesh import load_evaluated_mesh
from camera_estimation.evaluation.pose_errors.sample_errors import sample_errors_of
from camera_estimation.evaluation.symmetries.group import NONE, Axis, Symmetries, group_of
from tests.support.runs import BOX_CENTER_TENSOR, BOX_DIAMETER, TRUE, moved, turned
from tests.support.small_samples import write_box

X, Y, Z = torch.eye(3, dtype=torch.float64)
CAN = Symmetries(NONE.transforms, (Axis(Y, BOX_CENTER_TENSOR),))
HALF_TURNS = Symmetries(group_of([Axis(axis, BOX_CENTER_TENSOR).turn(180) for axis in (X, Y)]))


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    return load_evaluated_mesh(write_box(tmp_path_factory.mktemp("mesh") / "box.glb"))


def test_box_as_the_metrics_see_it(box):
    assert box.diameter == pytest.approx(BOX_DIAMETER)
    assert len(box.points) == len(box.corners) == 8
    assert torch.allclose(box.center, BOX_CENTER_TENSOR)


def test_errors_of_a_box_turned_and_moved_by_hand(box):
    errors = sample_errors_of(moved(turned(TRUE, 90, axis=(0, 0, 1)), (0, 0, 0.3)), TRUE, box)
    assert errors.rotation_deg == pytest.approx(90)
    assert errors.translation == pytest.approx(0.3)
    assert errors.translation_share == pytest.approx(0.3 / BOX_DIAMETER)
    assert errors.mssd > math.sqrt(2) * math.hypot(0.5, 1)
    assert errors.adds < errors.add < errors.mssd
    assert 0.3 < errors.silhouette_iou < 0.9
    assert errors.mspd_at_640 == pytest.approx(errors.mspd * 640 / 48)


def test_symmetric_box_is_judged_right(box):
    flipped = moved(turned(TRUE, 180, axis=(0, 0, 1)), (0.1, 0, 0))
    plain, symmetric = (
        sample_errors_of(flipped, TRUE, box),
        sample_errors_of(flipped, TRUE, replace(box, symmetries=HALF_TURNS)),
    )
    assert plain.rotation_deg == pytest.approx(180)
    assert symmetric.rotation_deg == pytest.approx(0, abs=1e-5)
    for name in ("translation", "add", "mssd"):
        assert getattr(symmetric, name) == pytest.approx(0.1)
    assert symmetric.mspd < 4 < plain.mspd
    assert symmetric.adds == plain.adds == pytest.approx(0.1, abs=0.02)


def test_continuous_symmetry_counts_for_every_error(box):
    symmetric = sample_errors_of(turned(TRUE, 73.3), TRUE, replace(box, symmetries=CAN))
    for name in ("rotation_deg", "translation", "add", "mssd", "mspd", "projection"):
        assert getattr(symmetric, name) == pytest.approx(0, abs=1e-5)


def test_silhouettes_of_the_same_pose_overlap_wholly(box):
    assert sample_errors_of(TRUE, TRUE, box).silhouette_iou == 1


def test_object_out_of_the_image_overlaps_nothing(box):
    assert sample_errors_of(moved(TRUE, (50, 0, 0)), TRUE, box).silhouette_iou == 0
    away = moved(TRUE, (50, 0, 0))
    assert sample_errors_of(away, away, box).silhouette_iou is None


def test_camera_inside_of_the_object(box):
    inside = moved(TRUE, (0, 0, -5))
    errors = sample_errors_of(inside, TRUE, box)
    assert errors.mspd == math.inf
    assert 0 <= errors.silhouette_iou < 0.5
