from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.lighting.insertion.placement import axes_of, world_vertices
from camera_estimation.lighting.insertion.standing_place import (
    PlacementRequest,
    place_object,
    share_in_picture,
    top_of,
)
from camera_estimation.lighting.photograph import Photograph
from camera_estimation.rendering.renderer import Renderer
from tests.support.lit_meshes import unit, unit_ball
from tests.support.shapes import box, bumpy_ball, view_from

UP = unit(0, 1, 0)
KNOWN = box((1.0, 0.7, 0.5))
OBJECT = bumpy_ball(10, 10)
CAMERA = view_from((0.5, 0.6, 1.0), 6.0, 160).to(torch.float64)
PHOTOGRAPH = Photograph(Path("photo.png"), np.zeros((160, 160, 3), np.uint8), KNOWN.to_world(CAMERA))


def place(**changes):
    placement, _ = place_object(PlacementRequest(**changes), PHOTOGRAPH, Renderer(KNOWN), OBJECT)
    return placement, world_vertices(placement.place(OBJECT, axes_of(UP)))


def test_beside_the_mesh_it_is_in_the_picture_and_touches_nothing():
    placement, vertices = place()
    known = world_vertices(KNOWN)
    assert vertices[:, 1].min() == pytest.approx(known[:, 1].min(), abs=1e-6)
    assert share_in_picture(placement.place(OBJECT, axes_of(UP)), PHOTOGRAPH.camera) == 1
    apart = (vertices.min(0) > known.max(0)) | (vertices.max(0) < known.min(0))
    direction = placement.base - (known.min(0) + known.max(0)) / 2
    direction[1] = 0
    assert apart[[0, 2]].any() or (vertices @ direction).min() > (known @ direction).max()
    assert np.ptp(vertices, axis=0).max() < np.ptp(known, axis=0).max()


def test_on_the_mesh_it_stands_on_the_top():
    placement, vertices = place(on="object")
    known = world_vertices(KNOWN)
    assert placement.on == "object"
    assert vertices[:, 1].min() == pytest.approx(known[:, 1].max(), abs=1e-3)
    assert np.abs(placement.base[[0, 2]]).max() < 0.1


def test_scale_turn_and_shift_are_by_hand():
    first, _ = place(scale=0.2, shift=(0.0, 0.0, 0.0))
    moved, vertices = place(scale=0.2, shift=(0.5, 0.25, 0.0), turn_deg=90)
    assert moved.scale == 0.2
    right = PHOTOGRAPH.camera.rotation[0, 0].numpy() * [1, 0, 1]
    expected = 0.5 * right / np.linalg.norm(right) + [0, 0.25, 0]
    assert moved.base - first.base == pytest.approx(expected, abs=1e-6)
    size = np.ptp(world_vertices(OBJECT), axis=0)[1]
    assert np.ptp(vertices, axis=0)[1] == pytest.approx(0.2 * size, rel=1e-5)


def test_a_pixel_is_of_the_mesh_or_of_the_ground():
    middle, _ = place(pixel=(80.0, 80.0), scale=0.1)
    assert middle.on == "object"
    uv, _ = PHOTOGRAPH.camera.project(torch.from_numpy(middle.base)[None, None])
    assert uv[0, 0].numpy() == pytest.approx((80, 80), abs=0.05)
    below, _ = place(pixel=(80.0, 155.0), scale=0.1)
    assert below.on == "ground"
    assert below.base[1] == pytest.approx(world_vertices(KNOWN)[:, 1].min())
    uv, _ = PHOTOGRAPH.camera.project(torch.from_numpy(below.base)[None, None])
    assert uv[0, 0].numpy() == pytest.approx((80, 155), abs=1e-3)


def test_a_pixel_of_the_sky_is_told():
    level = replace(PHOTOGRAPH, camera=KNOWN.to_world(view_from((0, 0.05, 1.0), 6.0, 160).to(torch.float64)))
    with pytest.raises(InputError, match=r"^photo\.png: pixel 5, 5 shows neither the mesh nor the ground"):
        place_object(PlacementRequest(pixel=(5.0, 5.0)), level, Renderer(KNOWN), OBJECT)


def test_a_point_is_where_it_is():
    placement, vertices = place(point=(0.3, 1.0, -0.2), scale=0.1)
    assert placement.base == pytest.approx((0.3, 1.0, -0.2))
    assert vertices[:, 1].min() == pytest.approx(1.0, abs=1e-6)


def test_what_does_not_fit_into_the_picture_is_made_smaller():
    camera = PHOTOGRAPH.camera
    near = replace(PHOTOGRAPH, camera=replace(camera, focal=3.6 * camera.focal))
    placement, _ = place_object(PlacementRequest(), near, Renderer(KNOWN), OBJECT)
    assert placement.scale < place()[0].scale


@pytest.mark.parametrize("up", [(0, 1, 0), (0, 0, 1), (0.2, -1, 0.1)])
def test_the_top_of_a_ball(up):
    assert top_of(Renderer(unit_ball(40)), unit(*up)) == pytest.approx(unit(*up), abs=0.2)
