"""What many images see of a mesh's points, without all of it in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.export import PosedImage, _point_observations as module
from camera_estimation.export._colmap_files import write_model
from camera_estimation.export._colmap_model import make_model
from camera_estimation.export._point_observations import PointObservations
from camera_estimation.export._point_visibility import observe_points
from camera_estimation.export._surface_points import spread_points
from camera_estimation.geometry import rotvec_to_rotmat
from tests.support.posed_images import posed_image
from tests.support.shapes import bumpy_ball, view_from

BALL = bumpy_ball(16, 24)
POINTS = 203  # no whole number of bytes, nor of blocks


@pytest.fixture
def images(tmp_path) -> list[PosedImage]:
    """From one side, nearly, so that there are points that no image sees, and some that a single one does."""
    found = []
    for number in range(5):
        turn = rotvec_to_rotmat(torch.tensor([[0.0, 0.4 * number, 0.0]], dtype=torch.float64))
        camera = view_from((0.0, 0.0, 1.0), size=64).to(torch.float64)
        camera = replace(camera, rotation=camera.rotation @ turn)
        found.append(posed_image(tmp_path, f"view_{number}", BALL, BALL.to_world(camera)))
    return found


@pytest.mark.parametrize("at_once", [1, 2 * POINTS, 2**20])
def test_points_and_tracks_are_those_of_all_images_together(images, at_once, monkeypatch):
    monkeypatch.setattr(module, "QUESTIONS_AT_ONCE", at_once)
    points = spread_points(BALL, POINTS)
    observations = PointObservations(images, BALL, points)
    whole = observe_points(images, BALL, points)
    seen = torch.stack([one.seen for one in whole]).numpy()
    assert {0, 1, 2} <= {*seen.sum(0).tolist()}
    assert np.array_equal(observations.kept, seen.any(0))
    assert np.array_equal(observations.tracked, seen.sum(0) >= 2)

    tracks: dict[int, list[tuple[int, int]]] = {number: [] for number in range(1, int(seen.any(0).sum()) + 1)}
    for place, one in enumerate(whole):
        numbers, pixels = observations.of_image(place)
        held = seen[place] & observations.tracked
        assert np.array_equal(numbers, seen.any(0).cumsum()[held])
        assert np.array_equal(pixels, one.pixels.numpy()[held])
        assert observations.count_of_image(place) == len(numbers)
        for index, number in enumerate(numbers):
            tracks[int(number)].append((place + 1, index))
    assert [[*map(tuple, track.tolist())] for track in observations.tracks()] == list(tracks.values())


def test_a_model_of_many_images_takes_no_more_memory_than_one_of_few(images, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "QUESTIONS_AT_ONCE", 1)

    def peak_of(times: int) -> int:
        tracemalloc.start()
        _write(times * images, tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_of(1)  # what is imported and kept for good
    assert peak_of(30) < 2 * peak_of(3)


def _write(images: Sequence[PosedImage], folder: Path) -> None:
    names = [f"{place}.png" for place in range(len(images))]
    write_model(make_model(images, names, BALL, 1000), folder)
