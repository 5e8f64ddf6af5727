from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.geometry.camera import retract
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.tracking.contour.contour_tracker import ContourTracker
from tests.support.moving_pictures import frames_of, hide
from tests.support.orbits import SIZE, angle_deg, ball, orbiting_cameras

MOTION = [0, 2, 4, 7, 10, 13, 15, 17, 18, 18]


@pytest.fixture(scope="module")
def mesh():
    return ball()


@pytest.fixture(scope="module")
def cameras():
    return orbiting_cameras(MOTION)


@pytest.fixture(scope="module")
def frames(mesh, cameras):
    return frames_of(mesh, cameras)


@pytest.fixture
def tracker(mesh, cameras, frames):
    tracker = ContourTracker(Renderer(mesh))
    tracker.start(frames[0], cameras[0])
    return tracker


def place_error(first, second):
    """Of the mesh's center, in object radii: both are about the origin of a mesh of about that size."""
    return float((first.translation.double() - second.translation.double()).norm())


def test_a_moving_object_is_followed_without_masks(tracker, cameras, frames):
    tracked = [tracker.track(frame) for frame in frames[1:]]
    errors = [angle_deg(found.camera, cameras[index]) for index, found in enumerate(tracked, 1)]
    assert max(errors) < 1
    assert max(place_error(found.camera, cameras[index]) for index, found in enumerate(tracked, 1)) < 0.05
    assert not any(found.lost for found in tracked)
    assert min(found.agreement.contour for found in tracked) > 0.6
    assert min(found.agreement.detail for found in tracked) > 0.9


def test_light_of_another_color_hardly_matters(tracker, cameras, frames):
    gains = np.random.default_rng(3).uniform(0.75, 1.0, (len(frames), 3))
    for index, frame in enumerate(frames[1:], 1):
        found = tracker.track((frame * gains[index]).astype(np.uint8))
        assert angle_deg(found.camera, cameras[index]) < 1.5
        assert not found.lost


def test_an_occluder_hides_a_part(tracker, cameras, frames):
    """A panel comes in from the left and covers a third of the object."""
    shares = []
    for index, frame in enumerate(frames[1:], 1):
        found = tracker.track(hide(frame, 0, round(SIZE * (0.2 + 0.02 * index))))
        shares.append(found.agreement.contour)
        assert angle_deg(found.camera, cameras[index]) < 3
        assert not found.lost
    assert shares[-1] < shares[0]


def test_an_object_that_has_gone_is_lost(tracker, frames, mesh):
    elsewhere = retract(orbiting_cameras([0]), torch.tensor([[0, 0, 0, 30.0, 0, 0]], dtype=torch.float64))
    empty = frames_of(mesh, elsewhere)[0]
    assert tracker.track(frames[1]).lost is False
    assert tracker.track(empty).lost


def test_it_goes_on_after_a_new_start(tracker, cameras, frames):
    tracker.track(np.zeros_like(frames[0]))
    tracker.start(frames[4], cameras[4])
    found = tracker.track(frames[5])
    assert angle_deg(found.camera, cameras[5]) < 1


def test_an_object_beyond_the_border_of_the_image_is_followed(mesh):
    cameras = retract(
        orbiting_cameras([0, 2, 4, 6]), torch.tensor([[0, 0, 0, 0.95, 0, 0]], dtype=torch.float64).expand(4, 6)
    )
    frames = frames_of(mesh, cameras)
    tracker = ContourTracker(Renderer(mesh))
    tracker.start(frames[0], cameras[0])
    for index in range(1, 4):
        assert angle_deg(tracker.track(frames[index]).camera, cameras[index]) < 3


def test_a_wrong_camera_agrees_less(tracker, cameras, frames):
    tracker.track(frames[1])
    right, wrong = tracker.judge(frames[1], cameras[1]), tracker.judge(frames[1], cameras[9])
    assert right.agreement.contour > wrong.agreement.contour
    assert right.agreement.detail > wrong.agreement.detail + 0.3


def test_the_same_frames_give_the_same_cameras(mesh, cameras, frames):
    found = []
    for _ in range(2):
        tracker = ContourTracker(Renderer(mesh))
        tracker.start(frames[0], cameras[0])
        found.append([tracker.track(frame).camera.world_to_camera for frame in frames[1:4]])
    assert all(torch.equal(first, second) for first, second in zip(*found, strict=True))


def test_nothing_is_tracked_before_the_start(mesh, frames, cameras):
    tracker = ContourTracker(Renderer(mesh))
    with pytest.raises(ValueError, match="call start"):
        tracker.track(frames[0])
    with pytest.raises(ValueError, match="call start"):
        tracker.judge(frames[0], cameras[0])


def moved_aside(camera, radii):
    """Cameras that see the object to the right of where this one does."""
    steps = torch.zeros(len(radii), 6, dtype=torch.float64)
    steps[:, 3] = torch.tensor(radii, dtype=torch.float64)
    return retract(camera[[0] * len(radii)], steps)


def test_a_jump_aside_is_found_by_colors(tracker, cameras, frames, mesh):
    tracker.track(frames[1])
    jumped = moved_aside(cameras[2], [0.7])
    found = tracker.track(frames_of(mesh, jumped)[0])
    assert not found.lost
    assert angle_deg(found.camera, jumped) < 2


def test_an_object_that_leaves_the_picture_is_lost_and_found_when_it_comes_back(tracker, cameras, mesh):
    there = moved_aside(cameras[1], [0.3, 0.9, 1.5, 2.1, 3.0])
    back = moved_aside(cameras[1], [2.0, 1.2, 0.9, 0.4, 0.0])
    lost = [tracker.track(frame).lost for frame in frames_of(mesh, there)]
    assert lost[-1]
    assert not any(lost[:3])
    found = [tracker.track(frame) for frame in frames_of(mesh, back)]
    assert not any(each.lost for each in found[1:])
    assert all(angle_deg(each.camera, cameras[1]) < 3 for each in found[2:])  # a third of it or more is in the picture
    assert angle_deg(found[-1].camera, cameras[1]) < 1


def test_masks_tell_the_contour_of_what_has_the_color_of_its_surroundings(mesh, cameras):
    gray = [np.full_like(frame, 128) for frame in frames_of(mesh, cameras)]
    masks = [255 * (frame > 0).any(-1).astype(np.uint8) for frame in frames_of(mesh, cameras, black=True)]
    tracker = ContourTracker(Renderer(mesh))
    tracker.start(gray[0], cameras[0])
    for index in range(1, 4):
        found = tracker.track(gray[index], mask=masks[index])
        assert found.agreement.contour > 0.9
        assert place_error(found.camera, cameras[index]) < 0.1


def test_the_outline_of_a_frame_is_its_mask(tracker, cameras, mesh, frames):
    mask = frames_of(mesh, cameras[1], black=True)[0].any(-1)
    outline = tracker.outline(frames[1], cameras[1]) > 127
    assert (outline & mask).sum() / (outline | mask).sum() > 0.93


def test_frames_that_are_left_out_do_not_matter(tracker, cameras, frames):
    """Velocity is by the places of frames in time."""
    tracker.track(frames[1])
    tracker.track(frames[2])
    found = tracker.track(frames[4], interval=2.0)
    assert angle_deg(found.camera, cameras[4]) < 1
