from __future__ import annotations

import pytest
import torch

from camera_estimation.poses.matching.matcher import Matcher
from camera_estimation.poses.matching.render_matches import LARGEST_SHIFT, PIXELS, match_render
from camera_estimation.rendering.renderer import Renderer
from tests.support.orbits import ball, orbiting_cameras, pictures


@pytest.fixture(scope="module")
def scene():
    mesh, camera = ball(), orbiting_cameras([25.0])
    return Renderer(mesh), camera, pictures(mesh, camera)[0]


def matcher_with_shift(shift: tuple[int, int], seen: list | None = None):
    """Stands for one that finds every 40th pixel inside of the render again, this much aside."""

    def match(first, second, inside_first, inside_second):
        if seen is not None:
            seen.append((inside_first, inside_second))
        rows, columns = torch.nonzero(inside_first[0, 0])[::40].T
        points = torch.stack([columns, rows], dim=1)
        return points, points + torch.tensor(shift), torch.linspace(0.8, 1.0, len(points))

    matcher = object.__new__(Matcher)
    object.__setattr__(matcher, "match", match)
    return matcher


def test_points_are_those_that_the_camera_sees_there(scene):
    renderer, camera, image = scene
    keypoints = match_render(image, camera, renderer, matcher_with_shift((0, 0)))
    assert len(keypoints) > 20
    uv, _ = camera.project(keypoints.xyz[None])
    assert (uv[0] - keypoints.uv).norm(dim=1).max() < 0.3
    assert keypoints.confidence.max() == pytest.approx(1.0)
    assert keypoints.names[0] == "match 1"


def test_shifts_are_in_pixels_of_the_full_image_and_those_too_far_are_left_out(scene):
    renderer, camera, image = scene
    still = match_render(image, camera, renderer, matcher_with_shift((0, 0)))
    moved = match_render(image, camera, renderer, matcher_with_shift((30, 0)))
    shift = moved.uv - still.uv
    assert (shift[:, 1].abs() < 1e-6).all()
    assert float(shift[0, 0]) == pytest.approx(float(shift[-1, 0]))
    assert 0 < float(shift[0, 0]) < 30  # the window, which has PIXELS, is a part of a smaller image
    far = round(1.1 * LARGEST_SHIFT * PIXELS)
    assert len(match_render(image, camera, renderer, matcher_with_shift((far, 0)))) == 0


def test_points_at_the_rim_do_not_count(scene):
    renderer, camera, image = scene
    seen: list = []
    match_render(image, camera, renderer, matcher_with_shift((0, 0), seen))
    ((of_render, of_picture),) = seen
    for inside in (of_render, of_picture):
        assert 0 < inside.mean() < 0.9
        assert set(inside.unique().tolist()) == {0.0, 1.0}
