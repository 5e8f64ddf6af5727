from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.geometry.distortion import Distortion
from camera_estimation.geometry.lens import Lens
from camera_estimation.images.source_image import ESTIMATED, UNMASKED, SourceImage
from camera_estimation.images.undistortion import undistort_image
from camera_estimation.tracking.tracked_estimate import FocalOrigin, TrackedEstimate
from camera_estimation.tracking.video_tracker import VideoTracker
from tests.support.moving_pictures import frames_of
from tests.support.orbits import QUICK, SIZE, angle_deg, ball, orbiting_cameras, pictures

YAW_DEG = [0, 2, 4, 6, 8, 10]


@pytest.fixture(scope="module")
def estimator():
    return CameraEstimator(ball(), QUICK)


@pytest.fixture(scope="module")
def cameras():
    return orbiting_cameras(YAW_DEG)


@pytest.fixture(scope="module")
def images(estimator, cameras):
    """The first frame has a mask, the others none."""
    rgb = [torch.from_numpy(frame).permute(2, 0, 1).contiguous() for frame in frames_of(estimator.mesh, cameras)]
    everywhere = torch.full_like(rgb[0][:1], 255)
    first = SourceImage(Path("0.png"), rgb[0], pictures(estimator.mesh, cameras[0])[0].mask, "file")
    return [first, *(SourceImage(Path(f"{i}.png"), rgb[i], everywhere, UNMASKED) for i in range(1, len(rgb)))]


@pytest.fixture(scope="module")
def first_estimate(estimator, images, cameras):
    return estimator.estimate(images[0], intrinsics=intrinsics_of(cameras))


@pytest.fixture
def asked(estimator, cameras, first_estimate, monkeypatch):
    """Sources of masks and numbers of candidates with which the estimator, which knows the answer, was asked after the
    first frame."""
    calls = []

    def answer(image, *, searched=None, **others):
        if image.mask_source == "file":
            return first_estimate
        calls.append((image.mask_source, searched))
        return replace(first_estimate, camera=cameras[int(image.path.stem)])

    monkeypatch.setattr(estimator, "estimate", answer)
    monkeypatch.setattr(estimator, "with_settings", lambda *_: estimator)
    return calls


def intrinsics_of(camera):
    return (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())


def test_frames_without_masks_follow_the_first(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras))
    followed = [tracker.follow(image) for image in images]
    assert max(angle_deg(frame.camera, cameras[index]) for index, frame in enumerate(followed)) < 1
    assert [frame.estimate is not None for frame in followed] == [True] + [False] * 5
    assert asked == []


def test_results_are_estimates(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras))
    first, second = tracker.follow(images[0]).result, tracker.follow(images[1]).result
    assert isinstance(second, TrackedEstimate)
    values = second.to_dict(estimator.mesh.center)
    assert values.keys() == first.to_dict(estimator.mesh.center).keys()
    assert values["loss"] is None
    assert values["mask"] == "estimated"
    assert 0.9 < values["silhouette_iou"] <= 1
    assert 0.9 * first.confidence < second.confidence <= first.confidence


def test_the_estimator_confirms_every_so_often_with_the_outline_as_mask(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras), confirm_every=2)
    followed = [tracker.follow(image) for image in images]
    assert [frame.estimate is not None for frame in followed] == [True, False, True, False, True, False]
    assert asked == [(ESTIMATED, 0), (ESTIMATED, 0)]


def test_an_estimate_that_fits_worse_is_not_believed(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras), confirm_every=1)
    tracker.follow(images[0])
    wrong = replace(images[1], path=Path("5.png"))  # the estimator answers with the camera of another frame
    followed = tracker.follow(wrong)
    assert followed.estimate is not None
    assert angle_deg(followed.camera, cameras[1]) < 1
    assert isinstance(followed.result, TrackedEstimate)


def test_a_lost_object_is_searched_everywhere(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras))
    tracker.follow(images[0])
    tracker.follow(images[1])
    dark = replace(images[2], rgb=torch.zeros_like(images[2].rgb))
    lost = tracker.follow(dark)
    assert lost.lost
    assert lost.result.verdict.word == "wrong"
    assert "lost" in lost.result.verdict.reason
    assert angle_deg(lost.camera, cameras[1]) < 1  # where it was last
    assert asked == [(UNMASKED, None)]
    found = [tracker.follow(image) for image in images[3:]]
    assert angle_deg(found[-1].camera, cameras[5]) < 1


def test_searches_of_what_stays_away_become_rare(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras))
    tracker.follow(images[0])
    dark = replace(images[2], rgb=torch.zeros_like(images[2].rgb))
    searched = [number for number in range(1, 120) if tracker.follow(dark).searched]
    assert searched[0] == 1
    assert len(searched) <= 4


def test_an_object_that_comes_back_is_searched(estimator, cameras, images, asked):
    """Turned by more than it can be followed over."""
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras))
    tracker.follow(images[0])
    dark = replace(images[2], rgb=torch.zeros_like(images[2].rgb))
    for _ in range(10):
        tracker.follow(dark)
    upside_down = replace(images[3], rgb=images[3].rgb.flip(1, 2))
    assert tracker.follow(upside_down).searched
    assert len(asked) == 2


def test_a_mask_that_takes_long_is_made_for_searches_alone(estimator, cameras, images, asked):
    tracker, loaded = VideoTracker(estimator, intrinsics=intrinsics_of(cameras)), []

    def load_whole():
        loaded.append("")
        return replace(dark, mask_source="made")

    tracker.follow(images[0])
    tracker.follow(images[1], load_whole=load_whole)
    assert not loaded
    dark = replace(images[2], rgb=torch.zeros_like(images[2].rgb))
    tracker.follow(dark, load_whole=load_whole)
    assert asked == [("made", None)]


def test_frames_are_followed_from_known_ones(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras))
    for index in range(2):
        tracker.start(images[index], cameras[index], 0.5, float(index))
    found = tracker.follow(images[2], position=2.0)
    assert asked == []
    assert angle_deg(found.camera, cameras[2]) < 1
    assert found.result.confidence <= 0.5
    assert found.result.verdict.reason == "the estimate that it was followed from is doubtful"


def test_the_first_frame_tells_the_intrinsics(estimator, images):
    tracker = VideoTracker(estimator)
    first = tracker.follow(images[0])
    assert np.allclose(tracker.intrinsics, intrinsics_of(first.camera))


def test_distorted_frames_are_refused(estimator, images, cameras):
    lens = Lens(intrinsics_of(cameras), Distortion.of("opencv", {"k1": -0.3}), SIZE, SIZE)
    distorted = undistort_image(images[0], lens)
    with pytest.raises(InputError, match=r"0\.png: its lens distorts; give frames that are undistorted"):
        VideoTracker(estimator).follow(distorted)


def test_a_focal_length_that_was_estimated_is_not_told_as_given(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator)
    tracker.start(images[0], cameras[0], focal=FocalOrigin("assumed", True, 0.02))
    values = tracker.follow(images[1]).result.to_dict()
    assert values["focal"]["source"] == "estimated"
    assert values["focal"]["prior"] == "assumed"
    assert values["uncertainty"]["focal_share"] == pytest.approx(0.02)
