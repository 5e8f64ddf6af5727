from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from camera_estimation.geometry import FISHEYE, Distortion, Lens
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.visualization.frame_render import depth_frame, render_frame, render_through_lens
from camera_estimation.visualization.scene import draw_layer, find_hidden_area, scene_picture
from tests.support.small_samples import camera_around_box, write_box

SIZE = (96, 80)


@pytest.fixture(scope="module")
def renderer(tmp_path_factory):
    return Renderer(load_mesh(write_box(tmp_path_factory.mktemp("scene") / "box.glb")))


def camera_at(distance: float, aside: float = 0.0):
    """Sees the box ``aside`` (world units) of the middle of the image."""
    camera = camera_around_box(*SIZE, distance)
    shift = torch.tensor([[aside, 0.0, 0.0]], dtype=torch.float64)
    return replace(camera, translation=camera.translation + shift)


def test_the_nearer_object_hides_the_farther_one(renderer):
    near, far = (draw_layer(renderer, camera, None, *SIZE) for camera in (camera_at(5.0, 0.7), camera_at(8.0)))
    both = near.covered & far.covered
    assert both.sum() > 50
    assert (near.distance[both] < far.distance[both]).all()
    assert far.center == pytest.approx(8.0)
    hidden = find_hidden_area([near, far], 1, [0])
    assert (hidden == near.covered).all()
    assert not find_hidden_area([near, far], 0, [1]).any()
    assert not find_hidden_area([near, far], 1, []).any()


def test_distances_are_along_the_line_of_sight(renderer):
    camera = camera_at(6.0, 1.5)
    layer = draw_layer(renderer, camera, None, *SIZE)
    row, column = np.argwhere(layer.covered)[len(np.argwhere(layer.covered)) // 2]
    depth = depth_frame(renderer, camera)[row, column]
    ray = np.array(
        [
            (column + 0.5 - SIZE[0] / 2) / float(camera.focal[0, 0]),
            (row + 0.5 - SIZE[1] / 2) / float(camera.focal[0, 1]),
            1,
        ]
    )
    assert layer.distance[row, column] == pytest.approx(depth * np.linalg.norm(ray), rel=1e-4)
    assert np.isinf(layer.distance[0, 0])


def test_a_scene_shows_each_object_where_it_is_seen(renderer):
    layers = [draw_layer(renderer, camera, None, *SIZE) for camera in (camera_at(8.0), camera_at(5.0, 0.7))]
    source = np.full((SIZE[1], SIZE[0], 3), 120, dtype=np.uint8)
    picture = scene_picture(source, layers)
    assert (picture[2, 2] == 120).all()
    assert picture.shape == source.shape
    assert (source == 120).all()  # is not drawn into
    row, column = np.argwhere(layers[1].covered).mean(0).astype(int)
    wanted = (120 + layers[1].rgba[row, column, :3].astype(float)) / 2
    assert np.abs(picture[row, column] - wanted).max() <= 1


def test_frames_may_be_smaller_than_images(renderer):
    layer = draw_layer(renderer, camera_at(6.0), None, SIZE[0] // 2, SIZE[1] // 2)
    assert layer.rgba.shape == (SIZE[1] // 2, SIZE[0] // 2, 4)
    assert layer.covered.any()


def test_through_a_lens_without_distortion_a_render_is_as_ever(renderer):
    camera = camera_at(6.0)
    intrinsics = (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())
    lens = Lens(intrinsics, Distortion.of("opencv", {"k1": 1e-9}), *SIZE)
    straight, bent = render_frame(renderer, camera), render_through_lens(renderer, camera, lens)
    assert np.abs(straight[..., 3].astype(int) - bent[..., 3]).mean() < 1
    solid = (straight[..., 3] == 255) & (bent[..., 3] == 255)
    assert np.abs(straight[solid][:, :3].astype(int) - bent[solid][:, :3]).mean() < 2


def test_a_lens_layer_has_distances_too(renderer):
    lens = Lens((90.0, 90.0, 48.0, 40.0), Distortion.of(FISHEYE, {}), *SIZE)
    camera = camera_at(6.0, 2.0)
    layer = draw_layer(renderer, camera, lens, *SIZE)
    assert layer.covered.any()
    assert abs(np.median(layer.distance[layer.covered]) - layer.center) < 1.2
    in_camera = renderer.mesh.center @ camera.rotation[0].T + camera.translation[0]
    column, row = lens.project(in_camera[None])[0].tolist()
    assert layer.covered[int(row), int(column)]


def test_what_a_lens_does_not_see_is_not_drawn(renderer):
    lens = Lens((90.0, 90.0, 48.0, 40.0), Distortion.of("opencv", {"k1": -0.3}), *SIZE)
    layer = draw_layer(renderer, camera_at(6.0, 90.0), lens, *SIZE)
    assert not layer.covered.any()
