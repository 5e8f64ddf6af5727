"""Views slid over a frame without a mask."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration import SearchConfig
from camera_estimation.geometry.camera import retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.images import silhouette_boxes
from camera_estimation.losses.contours import edge_directions
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search._frame_templates import make_templates, match_templates, roll_images
from camera_estimation.search.canonical import roll_rotations
from camera_estimation.search.frame_search import Density, FrameSearch, Grid, aims_of, box_sizes, middle_of
from camera_estimation.search.viewpoint_search import ViewpointSearch
from tests.support.shapes import bumpy_ball, smooth_texture, view_from


def test_edges_have_directions_and_no_sign():
    image = torch.zeros(1, 1, 8, 8)
    image[..., 4:] = 1.0
    edges = edge_directions(image, 8)
    assert torch.allclose(edges[0, :, 4, 4], torch.tensor([1.0, 0.0]), atol=0.01)
    assert torch.allclose(edge_directions(1 - image, 8), edges)
    assert torch.allclose(edge_directions(image.mT, 8)[0, :, 4, 4], torch.tensor([-1.0, 0.0]), atol=0.01)
    assert (edges[..., 0] == 0).all()


def test_rolls_turn_back_what_cameras_turned():
    image = torch.rand(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    quarter = roll_images(image, roll_rotations(4, image.device))
    assert torch.allclose(quarter[0], image[0], atol=1e-5)
    assert torch.allclose(quarter[1], torch.rot90(image[0], 1, (1, 2)), atol=1e-5)


@pytest.fixture(scope="module")
def scene():
    """A search, a frame with its object off the center before a background, and the camera."""
    camera = retract(view_from((0.5, 0.3, 1.0)), torch.tensor([[0.0, 0.0, 0.5, 0.3, -0.2, 0.1]]))
    renderer = Renderer(bumpy_ball(24, 32))
    rgba = renderer.supersample(camera, 2)
    ground = smooth_texture(size=128, seed=2).texels.permute(2, 0, 1)[None] / 255
    frame = torch.cat([rgba[:, :3] + (1 - rgba[:, 3:]) * ground, torch.ones_like(rgba[:, 3:])], dim=1)
    search = FrameSearch(ViewpointSearch(renderer, SearchConfig(viewpoints=400, resolution=48)))
    return search, frame, camera, silhouette_boxes(rgba[:, 3:])[0]


def blind(camera):
    return replace(camera, rotation=torch.eye(3)[None], translation=torch.zeros(1, 3))


def offset_of(found, camera):
    return found.translation / found.translation[:, 2:] - camera.translation / camera.translation[:, 2:]


def test_finds_an_object_in_a_box(scene):
    search, frame, camera, (left, top, right, bottom) = scene
    found = search(frame, blind(camera), 12, (left - 4, top + 3, right + 5, bottom - 3)).camera
    error = rotmat_geodesic_distance(found.rotation, camera.rotation.expand(len(found), 3, 3))
    assert error.min() < math.radians(15)
    assert offset_of(found, camera)[error.argmin()].norm() < 0.1


def test_finds_the_place_of_an_object_off_the_center(scene):
    search, frame, camera, _ = scene
    found = search.places(frame, blind(camera), 6)
    assert len(found) == 6
    best = found[[int(found.score.argmax())]].camera
    assert offset_of(best, camera)[0].norm() < 0.1
    assert abs(math.log(best.translation[0, 2] / camera.translation[0, 2])) < 0.3
    depths = found.camera.translation[:, 2]
    assert depths[:2].min() > depths[2:4].min() > depths[4:].min()  # from small ones to large ones


def test_finds_an_object_where_a_turned_one_of_another_size_is(scene):
    search, frame, camera, _ = scene
    half_turn = torch.tensor([[0.0, 0.0, math.pi, 0.2, 0.1, 0.3]])
    found = search.about(frame, blind(camera), 12, retract(camera, half_turn)).camera
    error = rotmat_geodesic_distance(found.rotation, camera.rotation.expand(len(found), 3, 3))
    assert error.min() < math.radians(15)
    assert offset_of(found, camera)[error.argmin()].norm() < 0.1


def test_a_view_matches_itself_and_what_stands_out(scene):
    search, *_ = scene
    views = search.search.library(5.0).canonical[::40]
    templates = make_templates(views, roll_rotations(1, views.device))

    def on_ground(level: float) -> torch.Tensor:
        return torch.cat([views[:, :3] + level * (1 - views[:, 3:]), torch.ones_like(views[:, 3:])], dim=1)

    scores = match_templates(templates, on_ground(0.0))
    assert (scores.argmax(dim=0) == torch.arange(len(views))).float().mean() > 0.9
    color = float((views[:, :3].sum() / views[:, 3:].sum() / 3).clamp(0, 1))
    assert (scores.diagonal() > match_templates(templates, on_ground(color)).diagonal()).float().mean() > 0.9


def test_rolled_patches_find_what_rolled_templates_do(scene):
    search, frame, camera, box = scene
    grid = [Grid(size, aims_of(camera, size, middle_of(box))) for size in box_sizes(camera, box)[:2]]
    best = [
        search._slide(frame, blind(camera), grid, Density(views=100, rolls=8, roll_patches=rolled)).score[:50]
        for rolled in (True, False)
    ]
    assert torch.allclose(*best, atol=0.08)


def test_a_point_says_about_where(scene):
    search, frame, camera, (left, top, right, bottom) = scene
    found = search.places(frame, blind(camera), 6, ((left + right) / 2, (top + bottom) / 2)).camera
    middle = camera.project(torch.zeros(1, 1, 3))[0][0, 0]
    places = found.project(torch.zeros(len(found), 1, 3))[0][:, 0]
    reach = 2.5 * found.focal[:, 0] / found.translation[:, 2]  # object radii, in pixels
    assert ((places - middle).norm(dim=1) < reach).all()
