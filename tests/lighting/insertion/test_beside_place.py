"""Objects stand where the photograph shows nothing but the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from camera_estimation.lighting.insertion._ground_look import GroundLook
from camera_estimation.lighting.insertion.beside_place import MOST_CLUTTER, measure_clutter
from camera_estimation.lighting.insertion.placement import Ground, ground_under
from camera_estimation.lighting.insertion.standing_place import PlacementRequest, place_object
from camera_estimation.lighting.photograph import Photograph
from camera_estimation.rendering.renderer import Renderer
from tests.lighting.insertion.test_standing_place import KNOWN, OBJECT, PHOTOGRAPH, UP

GROUND_GRAY, THING = 120, (190, 60, 40)
CAMERA = PHOTOGRAPH.camera
GROUND = ground_under(KNOWN, UP)
WIDTH = 0.25


def photograph(paint=None) -> Photograph:
    """A grainy ground, the known mesh over it, and what ``paint`` puts on ground points [h, w, 3] first."""
    random = np.random.default_rng(0)
    pixels = GROUND_GRAY + random.normal(0, 6, (CAMERA.height, CAMERA.width, 1)) + np.zeros(3)
    if paint is not None:
        pixels = paint(pixels, ground_points())
    rgba = Renderer(KNOWN).draw(KNOWN.to_normalized(CAMERA).to("cpu", torch.float32))[0][0].permute(1, 2, 0).numpy()
    pixels = (1 - rgba[..., 3:]) * pixels + 255 * rgba[..., :3]
    return replace(PHOTOGRAPH, pixels=np.clip(pixels, 0, 255).astype(np.uint8))


def ground_points() -> np.ndarray:
    columns, rows = np.meshgrid(np.arange(CAMERA.width) + 0.5, np.arange(CAMERA.height) + 0.5)
    (fx, fy), (cx, cy) = CAMERA.focal[0].tolist(), CAMERA.principal_point[0].tolist()
    rays = np.stack([(columns - cx) / fx, (rows - cy) / fy, np.ones_like(rows)], -1) @ CAMERA.rotation[0].numpy()
    center = CAMERA.center[0].numpy()
    return center + ((GROUND.height - center[1]) / rays[..., 1])[..., None] * rays


def disc_about(place: np.ndarray, points: np.ndarray, radius: float) -> np.ndarray:
    return (np.linalg.norm((points - place)[..., [0, 2]], axis=-1) < radius)[..., None]


def place(picture: Photograph, **changes) -> np.ndarray:
    return place_object(PlacementRequest(**changes), picture, Renderer(KNOWN), OBJECT)[0].base


def test_bare_ground_is_free():
    look = GroundLook(photograph(), Renderer(KNOWN), GROUND)
    assert look.clutter_at(place(photograph()), WIDTH) < 0.02


def test_a_thing_where_it_would_stand_sends_it_elsewhere():
    first = place(photograph())
    picture = photograph(lambda pixels, points: np.where(disc_about(first, points, 0.35), THING, pixels))
    assert GroundLook(picture, Renderer(KNOWN), GROUND).clutter_at(first, WIDTH) > 0.8
    second = place(picture)
    assert np.linalg.norm(second - first) > 0.35
    assert GroundLook(picture, Renderer(KNOWN), GROUND).clutter_at(second, WIDTH) < 0.1


def test_a_shadow_is_no_thing():
    first = place(photograph())
    shaded = photograph(lambda pixels, points: np.where(disc_about(first, points, 0.35), 0.8 * pixels, pixels))
    assert GroundLook(shaded, Renderer(KNOWN), GROUND).clutter_at(first, WIDTH) < 0.3


def test_a_pale_thing_of_the_ground_s_hue_is_one_inside_too():
    first = place(photograph())
    picture = photograph(lambda pixels, points: np.where(disc_about(first, points, 0.5), 165.0, pixels))
    assert GroundLook(picture, Renderer(KNOWN), GROUND).clutter_at(first, WIDTH) > 0.8


def test_where_the_picture_ends_is_no_place():
    look = GroundLook(photograph(), Renderer(KNOWN), GROUND)
    assert look.clutter_at(np.array([50.0, GROUND.height, 0.0]), WIDTH) == 1


def test_what_the_mesh_hides_is_not_known():
    look = GroundLook(photograph(), Renderer(KNOWN), Ground(UP, 0.0))
    assert look.clutter_at(np.zeros(3), 0.1) == pytest.approx(0.5)


def test_clutter_all_about_is_told():
    def patches(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
        cell = np.floor(points[..., [0, 2]] / 0.25).astype(int)
        colors = np.random.default_rng(1).integers(0, 255, (7, 3))
        return colors[(3 * cell[..., 0] + 5 * cell[..., 1]) % 7].astype(float)

    cluttered, free = photograph(patches), photograph()
    for picture, told in ((cluttered, True), (free, False)):
        placement, _ = place_object(PlacementRequest(), picture, Renderer(KNOWN), OBJECT)
        assert (measure_clutter(placement, picture, Renderer(KNOWN), OBJECT) > MOST_CLUTTER) is told


def test_a_given_size_is_kept():
    cluttered = photograph(lambda pixels, points: np.where(points[..., :1] > 0, THING, pixels))
    placement, _ = place_object(PlacementRequest(scale=0.3), cluttered, Renderer(KNOWN), OBJECT)
    assert placement.scale == 0.3
