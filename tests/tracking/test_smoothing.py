from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from camera_estimation.tracking.smoothing import Trajectory, precision, smooth_trajectory

FAR = np.radians(30)


def trajectory(rotation: Rotation, center: np.ndarray) -> Trajectory:
    count = len(center)
    return Trajectory(
        position=np.arange(count, dtype=float),
        rotation=rotation.as_matrix(),
        center=center,
        log_focal=np.full(count, 6.0),
        rotation_deviation=np.full(count, 0.01),
        center_deviation=np.full((count, 3), 0.02),
        log_focal_deviation=np.zeros(count),
    )


def orbiting(count: int = 40) -> Trajectory:
    """Ten degrees a frame about a tilted axis; the centre speeds up."""
    steps = np.arange(count)[:, None]
    rotation = Rotation.from_rotvec(np.radians(10) * steps * np.array([[0.6, 0.0, 0.8]])) * Rotation.from_euler(
        "x", 0.7
    )
    return trajectory(rotation, np.array([[0.1, 0.2, 4.0]]) + 0.01 * steps + 0.002 * steps**2 * np.array([[1, 0, -1]]))


def noisy(truth: Trajectory, deviation: float = 0.02) -> Trajectory:
    random = np.random.default_rng(0)
    turn = Rotation.from_rotvec(random.normal(0, deviation, truth.center.shape))
    return replace(
        truth,
        rotation=(turn * Rotation.from_matrix(truth.rotation)).as_matrix(),
        center=truth.center + random.normal(0, deviation, truth.center.shape),
    )


def rotation_error(trajectory: Trajectory, truth: Trajectory) -> np.ndarray:
    return (Rotation.from_matrix(trajectory.rotation) * Rotation.from_matrix(truth.rotation).inv()).magnitude()


def test_cameras_that_stand_still_stay():
    still = trajectory(Rotation.from_euler("y", np.full((9, 1), 0.5)), np.full((9, 3), 2.0))
    result = smooth_trajectory(still, 2.0, FAR)
    assert np.abs(result.rotation - still.rotation).max() < 1e-9
    assert np.abs(result.center - still.center).max() < 1e-9


@pytest.mark.parametrize("width", [0.7, 2.0, 5.0])
def test_steady_turns_and_accelerations_are_kept_up_to_both_ends(width):
    truth = orbiting()
    result = smooth_trajectory(truth, width, FAR)
    assert rotation_error(result, truth).max() < 1e-6
    assert np.abs(result.center - truth.center).max() < 1e-6


def test_noise_becomes_less():
    truth = orbiting()
    before = noisy(truth)
    result = smooth_trajectory(before, 3.0, FAR)
    assert rotation_error(result, truth).mean() < 0.6 * rotation_error(before, truth).mean()
    assert np.abs(result.center - truth.center).mean() < 0.6 * np.abs(before.center - truth.center).mean()


def test_uncertain_frames_count_for_less():
    truth = orbiting()
    turned = Rotation.from_euler("x", 0.3) * Rotation.from_matrix(truth.rotation[20])
    spoiled = replace(truth, rotation=np.concatenate([truth.rotation[:20], [turned.as_matrix()], truth.rotation[21:]]))
    doubtful = replace(spoiled, rotation_deviation=np.where(np.arange(40) == 20, 1.0, 0.01))
    trusting = rotation_error(smooth_trajectory(spoiled, 2.0, FAR), truth)[20]
    assert rotation_error(smooth_trajectory(doubtful, 2.0, FAR), truth)[20] < 0.05 * trusting


def test_nothing_is_smoothed_over_a_cut():
    first, second = orbiting(12), orbiting(12)
    turned = (Rotation.from_euler("y", 2.0) * Rotation.from_matrix(second.rotation)).as_matrix()
    both = trajectory(
        Rotation.from_matrix(np.concatenate([first.rotation, turned])),
        np.concatenate([first.center, second.center + 1]),
    )
    assert rotation_error(smooth_trajectory(both, 2.0, FAR), both).max() < 1e-6


def test_missing_frames_leave_their_gap():
    whole = orbiting()
    kept = np.delete(np.arange(40), [10, 11, 25])
    gaps = Trajectory(**{name: values[kept] for name, values in vars(whole).items()})
    assert rotation_error(smooth_trajectory(gaps, 2.0, FAR), gaps).max() < 1e-6


def test_known_focal_lengths_stay_and_estimated_ones_are_smoothed():
    shaken = replace(orbiting(), log_focal=6 + 0.1 * (np.arange(40) % 2))
    assert np.array_equal(smooth_trajectory(shaken, 2.0, FAR).log_focal, shaken.log_focal)
    estimated = replace(shaken, log_focal_deviation=np.full(40, 0.05))
    assert np.ptp(smooth_trajectory(estimated, 3.0, FAR).log_focal[5:-5]) < 0.02


def test_frames_without_a_known_deviation_count_alike():
    assert np.array_equal(precision(np.zeros(3)), np.ones(3))
    assert precision(np.array([0.0, 1.0, 1.0]))[0] < 3 * precision(np.array([0.0, 1.0, 1.0]))[1]


@pytest.mark.parametrize("count", [1, 2])
def test_sequences_of_one_or_two_frames_stay(count):
    short = orbiting(count)
    assert rotation_error(smooth_trajectory(short, 2.0, FAR), short).max() < 1e-9
