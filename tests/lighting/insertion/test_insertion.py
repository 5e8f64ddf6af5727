"""Pictures with an object in them, of scenes whose geometry is plain."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.configuration import LightConfig
from camera_estimation.geometry import OPENCV, Distortion, Lens, window_about_pixels
from camera_estimation.lighting.insertion._layers import ObjectLayer
from camera_estimation.lighting.insertion._shadow_samples import sample_light
from camera_estimation.lighting.insertion.insertion import bend_highlights, compose, insert_object
from camera_estimation.lighting.insertion.placement import Ground, Placement
from camera_estimation.lighting.light import Light, light_of_map, no_light
from camera_estimation.lighting.photograph import Photograph, decode_srgb
from camera_estimation.lighting.sphere import SphereGrid
from camera_estimation.rendering.renderer import Renderer
from tests.support.lit_meshes import unit
from tests.support.shapes import box, view_from

UP = unit(0, 1, 0)
CONFIG = LightConfig()
CUBE = box((1.0, 1.0, 1.0), divisions=1)
SIZE = 160
CAMERA = view_from((0.0, 0.8, 1.0), 9.0, SIZE).to(torch.float64)
GRAY = np.full((SIZE, SIZE, 3), 150, np.uint8)
PHOTOGRAPH = Photograph(Path("photo.png"), GRAY, CAMERA)
FAR_AWAY = replace(CUBE, center=torch.tensor([0.0, 0.0, 100.0], dtype=torch.float64))  # behind the camera
HIGH = 30.0  # degrees over the horizon


def sun(azimuth_deg: float = 90.0, elevation_deg: float = HIGH, strength: float = 0.8) -> Light:
    """Azimuth 90 is +X."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = math.cos(elevation)
    direction = np.array([level * math.sin(azimuth), math.sin(elevation), level * math.cos(azimuth)])
    return Light("directional", direction[None], np.full((1, 3), strength), np.full(1, 1e-3))


def standing(base=(0.0, 0.0, 0.0), scale: float = 1.0, on: str = "ground") -> Placement:
    return Placement(np.array(base), np.eye(3), scale, Ground(UP, 0.0), on)


def insert(light: Light, known=FAR_AWAY, placement: Placement | None = None, photograph: Photograph = PHOTOGRAPH):
    return insert_object(photograph, Renderer(known), CUBE, placement or standing(), light, CONFIG)


def pixel_of(*point: float) -> tuple[int, int]:
    """Row and column."""
    uv, _ = CAMERA.project(torch.tensor([[point]], dtype=torch.float64))
    return int(uv[0, 0, 1]), int(uv[0, 0, 0])


def test_the_shadow_of_a_cube_is_where_the_sun_puts_it():
    """It is as long as the cube is high over the tangent of the sun's elevation, on the other side, and as wide."""
    made = insert(sun())
    length = 1 / math.tan(math.radians(HIGH))
    for x in (-0.7, -0.5 - 0.5 * length, -0.5 - 0.95 * length):
        assert made.shadow[pixel_of(x, 0, 0)] == pytest.approx(0, abs=0.02)
    for x, z in ((-0.5 - 1.15 * length, 0), (0.8, 0), (-1.0, 0.7), (-1.0, -0.75)):
        assert made.shadow[pixel_of(x, 0, z)] == pytest.approx(1, abs=0.02)


def test_softer_light_makes_softer_shadows():
    """Half way up the penumbra of a large light half of it is left."""
    light = replace(sun(), spread=np.full(1, math.radians(12)))
    made = insert(light)
    length = 1 / math.tan(math.radians(HIGH))
    edge = [made.shadow[pixel_of(-0.5 - share * length, 0, 0)].mean() for share in (0.3, 0.7, 1.0, 1.6)]
    assert edge[0] < 0.1
    assert edge == sorted(edge)
    assert 0.2 < edge[2] < 0.8
    assert edge[3] > 0.9


def test_even_light_leaves_a_contact_shadow():
    grid = SphereGrid(16, 32)
    made = insert(light_of_map("environment", grid, np.ones((len(grid.directions), 3))))
    near, far = made.shadow[pixel_of(0.65, 0, 0)].mean(), made.shadow[pixel_of(2.5, 0, 0)].mean()
    # Beside a wall without end half of the sky's light is left; beside a cube a little more.
    assert 0.5 < near < 0.85
    assert far > 0.95
    assert made.shadow[made.coverage == 0].min() > 0.3


def test_sides_of_the_cube_are_lit_by_the_cosine():
    """The top by the sine of the sun's elevation, the side that looks at the camera by what the sun's azimuth gives."""
    made = insert(sun(azimuth_deg=45, strength=0.6))
    linear = decode_srgb(made.picture)
    top = linear[pixel_of(0, 1, 0)].mean()
    front = linear[pixel_of(0, 0.5, 0.5)].mean()
    assert top == pytest.approx(0.6 * math.sin(math.radians(HIGH)), abs=0.01)
    assert front == pytest.approx(0.6 * math.cos(math.radians(HIGH)) * math.cos(math.radians(45)), abs=0.01)


def test_without_light_textures_are_shown_as_they_are():
    made = insert(no_light())
    assert (made.shadow == 1).all()
    inside = made.coverage == 1
    assert inside.sum() > 200
    assert (made.picture[inside] > 240).all()
    assert (made.picture[made.coverage == 0] == GRAY[made.coverage == 0]).all()


def test_edges_are_as_smooth_as_a_render_with_many_samples():
    made = insert(sun())
    placed = standing().place(CUBE, np.eye(3))
    camera = placed.to_normalized(CAMERA).to(torch.float32)
    coverage = Renderer(placed).supersample(camera, 8)[0, 3].numpy()
    assert np.abs(made.coverage - coverage).max() < 0.25
    assert np.abs(made.coverage - coverage).mean() < 2e-3
    assert ((made.coverage > 0.05) & (made.coverage < 0.95)).sum() > 50


def test_the_known_mesh_hides_what_is_behind_it_and_takes_the_shadow():
    """A known cube before the object, as seen by the camera; then one beside it, in its shadow."""
    before = replace(CUBE, center=torch.tensor([0.0, 0.5, 1.6], dtype=torch.float64))
    hidden, free = insert(sun(), before), insert(sun())
    covered = free.coverage > 0
    assert hidden.coverage[covered].sum() < 0.9 * free.coverage[covered].sum()
    assert hidden.coverage[pixel_of(0, 1.0, 2.0)] == 0
    assert hidden.coverage[pixel_of(0, 1.0, -0.4)] == 1
    beside = replace(CUBE, center=torch.tensor([-1.6, 0.5, 0.0], dtype=torch.float64))
    made = insert(sun(), beside)
    # The sun comes from +X: the cube's side is in the shadow of the object, its top above the line of light.
    high = 1 - 1.6 * math.tan(math.radians(HIGH))
    assert made.shadow[pixel_of(-1.6, 1.0, 0.4)].mean() == pytest.approx(1, abs=0.05)
    assert high > 0


def test_the_object_stands_in_the_shadow_of_the_known_mesh():
    between = replace(CUBE, center=torch.tensor([1.3, 0.5, 0.0], dtype=torch.float64))
    light = sun(azimuth_deg=80, elevation_deg=20)
    shaded, free = (decode_srgb(insert(light, known).picture) for known in (between, FAR_AWAY))
    front = pixel_of(0.3, 0.4, 0.5)
    assert free[front].mean() > 0.05
    top = pixel_of(0.3, 1.0, 0.0)
    assert shaded[top].mean() == pytest.approx(free[top].mean(), abs=0.02)  # as high as what is before it


def test_what_is_already_in_shadow_gets_no_darker():
    """The ground behind a known cube has no sun to lose."""
    known = replace(CUBE, center=torch.tensor([1.2, 0.5, 0.0], dtype=torch.float64))
    sky = SphereGrid(8, 16)
    even = light_of_map("environment", sky, np.full((len(sky.directions), 3), 0.2))
    lamp = sun()
    both = Light(
        "directional",
        np.concatenate([lamp.directions, even.directions]),
        np.concatenate([lamp.strength, even.strength]),
        np.concatenate([lamp.spread, even.spread]),
    )
    alone, shaded = insert(both), insert(both, known)
    place = pixel_of(-0.8, 0, 0)
    assert alone.shadow[place].mean() < 0.45
    assert shaded.shadow[place].mean() > alone.shadow[place].mean()


def test_far_from_object_and_shadow_the_photograph_is_as_it_was():
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    made = insert(sun(), photograph=replace(PHOTOGRAPH, pixels=noise))
    same = (made.coverage == 0) & (made.shadow == 1).all(-1)
    assert same.mean() > 0.5
    assert (made.picture[same] == noise[same]).all()


def test_an_object_out_of_the_picture_changes_nothing():
    made = insert(sun(), placement=standing((0.0, 0.0, 60.0)))
    assert not made.coverage.any()
    assert (made.picture == GRAY).all()


def test_a_distorted_photograph_keeps_its_pixels():
    lens = Lens(
        (*CAMERA.focal[0].tolist(), *CAMERA.principal_point[0].tolist()),
        Distortion.of(OPENCV, {"k1": -0.15}),
        SIZE,
        SIZE,
    )
    window = window_about_pixels(lens, (0.0, 0.0, float(SIZE), float(SIZE)))
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    straight = np.full((window.height, window.width, 3), 150, np.uint8)
    photograph = Photograph(Path("p.png"), straight, window.to_window(CAMERA), window=window, original=noise)
    made = insert(sun(), photograph=photograph)
    assert made.picture.shape == noise.shape
    same = (made.coverage == 0) & (made.shadow == 1).all(-1)
    assert same.mean() > 0.5
    assert (made.picture[same] == noise[same]).all()
    # The middle of the cube is where the lens shows it.
    middle = torch.tensor([[0.0, 0.5, 0.5]], dtype=torch.float64) @ CAMERA.rotation[0].T + CAMERA.translation[0]
    column, row = lens.project(middle)[0].int().tolist()
    assert made.coverage[row, column] == pytest.approx(1, abs=0.01)


def test_samples_stand_for_all_of_the_light():
    grid = SphereGrid(16, 32)
    radiance = 0.3 + 20.0 * (grid.directions @ unit(1, 1, 0) > 0.97)[:, None] * np.array([1.0, 0.9, 0.8])
    light = light_of_map("environment", grid, radiance)
    samples = sample_light(light, 512)
    assert samples.directions.shape == samples.strength.shape == (16, 32, 3)
    assert np.linalg.norm(samples.directions, axis=-1) == pytest.approx(1)
    normals = np.array([UP, unit(1, 1, 0), unit(-1, 0.2, 0.3)])
    cosine = np.maximum(samples.directions.reshape(-1, 3) @ normals.T, 0)
    assert (cosine.T @ samples.strength.reshape(-1, 3))[:2] == pytest.approx(light.shade(normals)[:2], rel=0.15)
    again = sample_light(light, 512)
    assert (again.directions == samples.directions).all()


def test_bright_light_bends_and_never_leaves_the_range():
    linear = np.linspace(0, 10, 500)
    bent = bend_highlights(linear)
    assert (np.diff(bent) >= 0).all()
    assert bent.max() <= 1
    assert bent[linear <= 0.8] == pytest.approx(linear[linear <= 0.8])


def test_the_object_has_the_photographs_grain():
    generator = np.random.default_rng(1)
    layer = ObjectLayer(np.full((64, 64, 3), 0.2, np.float32), np.ones((64, 64), np.float32))
    shadow = np.ones((64, 64, 3))
    noisy = np.clip(128 + 4 * generator.standard_normal((64, 64, 1)) + np.zeros(3), 0, 255).astype(np.uint8)
    clean = compose(np.full((64, 64, 3), 128, np.uint8), layer, shadow)
    assert clean.std() == 0
    assert compose(noisy, layer, shadow).std() == pytest.approx(4, rel=0.1)
