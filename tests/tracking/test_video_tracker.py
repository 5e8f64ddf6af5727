from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.images.source_image import UNMASKED, SourceImage
from camera_estimation.tracking.video_tracker import VideoTracker
from tests.support.moving_pictures import frames_of
from tests.support.orbits import QUICK, angle_deg, ball, orbiting_cameras, pictures

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


@pytest.fixture
def asked(estimator, cameras, monkeypatch):
    """How often the estimator was asked of frames without a mask, and for how many candidates; it knows the answer."""
    estimate, calls = estimator.estimate, []

    def answer(image, *, searched=None, **others):
        if image.mask_source != UNMASKED:
            answer.last = estimate(image, searched=searched, **others)
            return answer.last
        calls.append(searched)
        return replace(answer.last, camera=cameras[int(image.path.stem)])

    monkeypatch.setattr(estimator, "estimate", answer)
    return calls


def intrinsics_of(camera):
    return (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())


def test_frames_without_masks_follow_the_first(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras))
    followed = [tracker.follow(image) for image in images]
    assert max(angle_deg(frame.camera, cameras[index]) for index, frame in enumerate(followed)) < 1
    assert [frame.estimate is not None for frame in followed] == [True] + [False] * 5
    assert asked == []


def test_the_estimator_confirms_every_so_often_without_a_search(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras), confirm_every=2)
    followed = [tracker.follow(image) for image in images]
    assert [frame.estimate is not None for frame in followed] == [True, False, True, False, True, False]
    assert asked == [0, 0]
    assert angle_deg(followed[2].camera, cameras[2]) == 0


def test_an_estimate_that_fits_worse_is_not_believed(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras), confirm_every=1)
    tracker.follow(images[0])
    wrong = replace(images[1], path=Path("5.png"))  # the estimator answers with the camera of another frame
    followed = tracker.follow(wrong)
    assert followed.estimate is not None
    assert angle_deg(followed.camera, cameras[1]) < 1


def test_a_lost_object_is_searched_everywhere(estimator, cameras, images, asked):
    tracker = VideoTracker(estimator, intrinsics=intrinsics_of(cameras))
    tracker.follow(images[0])
    tracker.follow(images[1])
    dark = replace(images[2], rgb=torch.zeros_like(images[2].rgb))
    assert tracker.follow(dark).lost
    assert asked == [None]
    found = [tracker.follow(image) for image in images[3:]]
    assert angle_deg(found[-1].camera, cameras[5]) < 1


def test_the_first_frame_tells_the_intrinsics(estimator, images):
    tracker = VideoTracker(estimator)
    first = tracker.follow(images[0])
    assert np.allclose(tracker.intrinsics, intrinsics_of(first.camera))
