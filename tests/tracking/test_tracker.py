from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.estimation.result import AlternativePose
from camera_estimation.geometry.camera import retract
from camera_estimation.tracking.located import GIVEN, NEIGHBOR, SEARCH, estimate_near
from camera_estimation.tracking.tracker import SequenceTracker, consistent
from tests.support.orbits import QUICK, angle_deg, ball, orbiting_cameras, pictures


@pytest.fixture(scope="module")
def estimator():
    return CameraEstimator(ball(), QUICK)


@pytest.fixture
def starts_seen(estimator, monkeypatch):
    """How many cameras each estimate was given."""
    seen = []
    estimate = estimator.estimate

    def noting(image, *, initial=None, **others):
        seen.append(0 if initial is None else len(initial))
        return estimate(image, initial=initial, **others)

    monkeypatch.setattr(estimator, "estimate", noting)
    return seen


def tracked(estimator, yaw_deg, positions=None):
    """Located estimates and errors in degrees of a sequence."""
    cameras = orbiting_cameras(yaw_deg)
    tracker = SequenceTracker()
    located = [
        tracker.estimate(estimator, image, position=position)
        for image, position in zip(pictures(estimator.mesh, cameras), positions or [None] * len(yaw_deg), strict=True)
    ]
    errors = [angle_deg(frame.estimate.camera, cameras[index]) for index, frame in enumerate(located)]
    return located, errors


def test_frames_follow_their_neighbors(estimator, starts_seen):
    located, errors = tracked(estimator, [0, 12, 24, 36])
    assert max(errors) < 1
    assert [frame.start for frame in located] == [SEARCH, NEIGHBOR, NEIGHBOR, NEIGHBOR]
    assert starts_seen == [0, 1, 2, 2]


def test_tracked_frames_refine_fewer_candidates(estimator):
    located, _ = tracked(estimator, [0, 8])
    alone, beside = (len(frame.estimate.stages[0].camera) for frame in located)
    assert alone == QUICK.search.candidates
    assert beside == 1 + QUICK.tracking.searched


def test_a_jump_is_searched_again_and_what_follows_is_tracked(estimator, starts_seen):
    located, errors = tracked(estimator, [0, 12, 150, 162, 174])
    assert max(errors) < 1
    assert [frame.start for frame in located] == [SEARCH, NEIGHBOR, SEARCH, NEIGHBOR, NEIGHBOR]
    assert [frame.searched_again for frame in located] == [False, False, True, False, False]
    # The search after the jump starts from one camera, and its velocity is not carried on.
    assert starts_seen == [0, 1, 2, 1, 1, 2]


def test_a_prediction_near_the_last_pose_stands_for_both(estimator, starts_seen):
    _, errors = tracked(estimator, [0, 3, 6])
    assert max(errors) < 1
    assert starts_seen == [0, 1, 1]


def test_an_unsteady_interval_carries_no_velocity_on(estimator, starts_seen):
    located, errors = tracked(estimator, [0, 12, 24, 36], positions=[1, 2, 5, 6])
    assert max(errors) < 1
    assert [frame.start for frame in located] == [SEARCH, NEIGHBOR, NEIGHBOR, NEIGHBOR]
    assert starts_seen == [0, 1, 1, 1]


def test_a_failed_frame_is_a_gap(estimator, starts_seen):
    images = pictures(estimator.mesh, orbiting_cameras([0, 12, 24, 36]))
    tracker = SequenceTracker()
    tracker.estimate(estimator, images[0])
    tracker.estimate(estimator, images[1])
    with pytest.raises(IndexError):
        tracker.estimate(estimator, replace(images[2], mask=torch.zeros_like(images[2].mask)))
    tracker.estimate(estimator, images[3])
    assert starts_seen == [0, 1, 2, 1]


def test_known_frames_are_neighbors(estimator, starts_seen):
    cameras = orbiting_cameras([0, 12, 24])
    tracker = SequenceTracker()
    tracker.append(estimator.mesh, cameras[0])
    tracker.append(estimator.mesh, cameras[1])
    located = tracker.estimate(estimator, pictures(estimator.mesh, cameras)[2])
    assert (located.start, starts_seen) == (NEIGHBOR, [2])


def test_another_mesh_takes_the_neighbor_as_one_more_candidate(estimator, starts_seen):
    """Poses are carried over relative to centre and size, and the whole search is made."""
    mesh = estimator.mesh
    other = replace(mesh, path=Path("other.glb"), radius=10 * mesh.radius, center=mesh.center + 5)
    cameras = orbiting_cameras([0, 8])
    tracker = SequenceTracker()
    tracker.append(other, other.to_world(mesh.to_normalized(cameras[0])))
    located = tracker.estimate(estimator, pictures(mesh, cameras)[1])
    assert (located.start, starts_seen) == (SEARCH, [1])
    given = located.estimate.stages[0].camera
    assert len(given) == 1 + QUICK.search.candidates
    assert angle_deg(given[0], cameras[0]) < 1e-3
    assert (given.translation[0] - cameras.translation[0]).norm() < 1e-3


def test_the_focal_length_of_the_neighbor_is_the_start(estimator):
    config = merge_settings(QUICK, {"camera": {"optimize_fov": "on", "fov_deg": 55.0}})
    estimator = CameraEstimator(estimator.mesh, config)
    cameras = orbiting_cameras([0, 6])
    tracker = SequenceTracker()
    tracker.append(estimator.mesh, cameras[0])
    located = tracker.estimate(estimator, pictures(estimator.mesh, cameras)[1])
    first = located.estimate.stages[0].camera
    assert first.focal[0, 0].item() == pytest.approx(cameras.focal[0, 0].item(), rel=1e-5)
    assert located.estimate.camera.focal[0, 0].item() == pytest.approx(cameras.focal[0, 0].item(), rel=0.05)


def test_of_poses_that_the_image_does_not_tell_apart_the_nearest_counts(estimator):
    cameras = orbiting_cameras([0, 3, 120])
    estimate = estimator.estimate(pictures(estimator.mesh, cameras)[2])
    twin = AlternativePose(cameras[1], 0.5, 0.9, angle=2.0, evidence=1.0)
    clear = replace(twin, camera=cameras[0], evidence=5.0)
    chosen = consistent(replace(estimate, alternatives=(twin, clear)), cameras[0])
    assert angle_deg(chosen.camera, cameras[1]) == 0
    assert (chosen.loss, chosen.silhouette_iou) == (0.5, 0.9)
    former, _ = chosen.alternatives
    assert (former.camera, former.evidence) == (estimate.camera, -1.0)
    assert former.angle > 1
    assert consistent(replace(estimate, alternatives=(clear,)), cameras[0]).camera is estimate.camera


def test_a_given_pose_15_degrees_off_needs_no_search(estimator):
    camera = orbiting_cameras([70])
    off = retract(camera, torch.tensor([[0.15, 0.15, 0.15, 0.1, -0.1, 0.05]], dtype=torch.float64))
    assert angle_deg(off, camera) == pytest.approx(15, abs=1)
    (image,) = pictures(estimator.mesh, camera)
    known = (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())
    located = estimate_near(off, estimator, image, intrinsics=known)
    assert (located.start, located.searched_again) == (GIVEN, False)
    assert len(located.estimate.stages[0].camera) == 1
    assert angle_deg(located.estimate.camera, camera) < 1


@pytest.mark.parametrize("roll", [1.0, -1.0])
def test_a_wrong_given_pose_is_replaced_by_the_search(estimator, roll):
    """Also where its silhouette fits well enough: with another focal length, or rolled."""
    camera = orbiting_cameras([70])
    wrong = retract(camera, torch.tensor([[1.5, 0, roll, 0.8, 0, -0.5]], dtype=torch.float64))
    (image,) = pictures(estimator.mesh, camera)
    located = estimate_near(wrong, estimator, image)
    assert (located.start, located.searched_again) == (SEARCH, True)
    assert angle_deg(located.estimate.camera, camera) < 1
