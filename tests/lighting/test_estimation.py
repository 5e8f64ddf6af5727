"""Light of pictures whose light is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from camera_estimation.configuration import LightConfig
from camera_estimation.errors import InputError
from camera_estimation.lighting.estimation import estimate_common_light, estimate_light, relight
from camera_estimation.lighting.lit_surface import observe_surface
from camera_estimation.lighting.methods.environment import smoothness_energy, solve_non_negative
from camera_estimation.lighting.methods.harmonics import solve_harmonics
from camera_estimation.lighting.photograph import Photograph, encode_srgb
from camera_estimation.lighting.sequence_light import CAMERA, OBJECT, estimate_sequence_light
from camera_estimation.lighting.sphere import (
    BANDS,
    COSINE_LOBE,
    SphereGrid,
    evaluate_harmonics,
    spread_directions,
)
from camera_estimation.mesh._srgb import srgb_from_linear
from camera_estimation.mesh.textured_mesh import TexturedMesh
from camera_estimation.rendering.light_occlusion import LightOccluder
from camera_estimation.rendering.renderer import Renderer
from tests.support.lit_meshes import angle_deg, ball_normals, photograph_ball, sun_and_sky, unit, unit_ball
from tests.support.shapes import box, mesh_of, view_from

SUN = unit(0.7, 0.6, 0.5)
METHODS = ("directional", "harmonics", "environment")
CAMERA_SIDE = unit(0.4, 0.5, 1.0)


def config(method: str = "environment", **changes) -> LightConfig:
    """Textures are exact unless it is said otherwise."""
    return LightConfig(**{"method": method, "places": 1500, "texture_gain": False, **changes})


def seen_normals(photograph: Photograph) -> np.ndarray:
    normals, hit = ball_normals(photograph.camera)
    return normals[hit]


@pytest.mark.parametrize("method", METHODS)
def test_sun_and_sky_are_found(method):
    photograph, renderer = photograph_ball(sun_and_sky(SUN))
    estimate = estimate_light(photograph, renderer, config(method))
    normals = seen_normals(photograph)
    off = estimate.light.shade(normals) - sun_and_sky(SUN)(normals)
    limits = {"directional": (1.5, 0.02), "harmonics": (8, 0.06), "environment": (8, 0.045)}
    angle, error = limits[method]
    assert angle_deg(estimate.light.dominant_direction, SUN) < angle
    assert np.sqrt(np.square(off).mean()) < error
    assert estimate.explained > 0.8
    assert estimate.light.strength.min() >= 0


def test_harmonics_of_a_matt_ball_are_those_of_its_light():
    """By the formula of Ramamoorthi and Hanrahan, of a light of second order."""
    radiance = np.zeros((9, 3))
    radiance[0] = 2.4, 2.2, 2.0
    radiance[1:] = 0.25 * np.random.default_rng(3).standard_normal((8, 3))
    shading = COSINE_LOBE[BANDS][:, None] * radiance
    photograph, renderer = photograph_ball(lambda normals: evaluate_harmonics(normals) @ shading)
    for self_occlusion, error in ((False, 0.01), (True, 0.02)):
        light = estimate_light(
            photograph, renderer, config("harmonics", ridge=1e-6, color_ridge=0.0, self_occlusion=self_occlusion)
        ).light
        normals = seen_normals(photograph)
        normals = normals[normals @ CAMERA_SIDE > 0.4]  # the rest is seen in passing
        assert light.shade(normals) == pytest.approx(evaluate_harmonics(normals) @ shading, abs=5 * error)
        off = light.shade(normals) - evaluate_harmonics(normals) @ shading
        assert np.sqrt(np.square(off).mean()) < error


def test_no_light_is_estimated_where_none_is_asked_for():
    photograph, renderer = photograph_ball(sun_and_sky(SUN))
    estimate = estimate_light(photograph, renderer, config("none"))
    assert not estimate.light.is_known
    assert estimate.explained < 0.5


@pytest.mark.parametrize("method", METHODS)
def test_gloss_is_no_light(method):
    """A spot of gloss is far from what light on the texture explains, and counts less."""
    photograph, renderer = photograph_ball(sun_and_sky(SUN))
    normals, hit = ball_normals(photograph.camera)
    half = (SUN + CAMERA_SIDE) / np.linalg.norm(SUN + CAMERA_SIDE)
    gloss = 0.9 * np.maximum(normals @ half, 0)[..., None] ** 60 * hit[..., None]
    glossy = replace(photograph, pixels=encode_srgb(np.clip(photograph.linear + gloss, 0, 1)))
    truth = sun_and_sky(SUN)(normals[hit])

    def error(robust: bool) -> float:
        light = estimate_light(glossy, renderer, config(method, robust=robust)).light
        return float(np.abs(light.shade(normals[hit]) - truth).mean())

    assert error(True) < 0.7 * error(False)


def test_what_the_mesh_keeps_from_itself_is_not_taken_for_light():
    mesh = wall_on_floor()
    renderer, occluder = Renderer(mesh), LightOccluder(mesh)
    camera = mesh.to_world(view_from((0.3, 0.8, 1.0), 4.0, 128))
    flat = Photograph(mesh.path, np.zeros((128, 128, 3), np.uint8), camera)
    behind = unit(0.5, 0.8, -0.6)
    light = estimate_light(*photograph_ball(sun_and_sky(SUN)), config("directional")).light
    light = replace(light, directions=np.concatenate([behind[None], light.directions[1:]]))
    surface, lit = relight(flat, renderer, light, config())
    pixels = flat.pixels.copy()
    rows, columns = surface_pixels(flat, renderer)
    pixels[rows, columns] = np.round(255 * srgb_from_linear(lit))
    photograph = replace(flat, pixels=pixels)
    aware, unaware = (
        estimate_light(photograph, renderer, config("directional", self_occlusion=value), occluder)
        for value in (True, False)
    )
    assert angle_deg(aware.light.dominant_direction, behind) < 3
    assert aware.residual < 0.5 * unaware.residual
    assert len(surface.points) == len(rows)


def wall_on_floor() -> TexturedMesh:
    """White, with a wall along its middle."""
    parts, count = [], 0
    for size, height in (((2.0, 0.1, 2.0), 0.0), ((1.2, 0.8, 0.1), 0.45)):
        part = box(size, divisions=6)
        vertices = part.radius * part.vertices.numpy() + [0.0, height, 0.0]
        parts.append((vertices, part.faces.numpy() + count))
        count += len(vertices)
    return mesh_of(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def surface_pixels(photograph: Photograph, renderer: Renderer) -> tuple[np.ndarray, np.ndarray]:
    """Of the frame, where the window of the surface is not smaller than the frame's part."""
    from camera_estimation.lighting.lit_surface import _mesh_box

    surface = observe_surface(photograph, renderer, 1000)
    left, top, _, _ = _mesh_box(renderer, photograph.camera)
    return surface.pixels[:, 0] + top, surface.pixels[:, 1] + left


def test_saturated_places_do_not_count():
    bright = sun_and_sky(SUN, sun=(3.0, 3.0, 3.0))
    photograph, renderer = photograph_ball(bright)
    surface = observe_surface(photograph, renderer, 160)
    assert not surface.known.all()
    light = estimate_light(photograph, renderer, config("directional")).light
    normals = seen_normals(photograph)
    assert np.median(np.abs(light.shade(normals) - bright(normals))) < 0.05


def test_hidden_places_do_not_count():
    photograph, renderer = photograph_ball(sun_and_sky(SUN))
    mask = np.full(photograph.pixels.shape[:2], 255, np.uint8)
    mask[:, :64] = 0
    pixels = photograph.pixels.copy()
    pixels[:, :64] = (255, 0, 255)
    light = estimate_light(replace(photograph, pixels=pixels, mask=mask), renderer, config("directional")).light
    assert angle_deg(light.dominant_direction, SUN) < 3


def test_too_little_of_the_mesh_is_told():
    photograph, renderer = photograph_ball(sun_and_sky(SUN))
    hidden = replace(photograph, mask=np.zeros(photograph.pixels.shape[:2], np.uint8))
    with pytest.raises(InputError, match=r"^ball\.png: shows too little of the mesh.*--light_from"):
        estimate_light(hidden, renderer, config())
    away = replace(photograph, camera=replace(photograph.camera, translation=photograph.camera.translation + 9.0))
    with pytest.raises(InputError, match=r"^ball\.png: .*(not in the picture|too little)"):
        estimate_light(away, renderer, config())


def test_texture_gain_shares_a_tint_out():
    shading = sun_and_sky(SUN, sun=(1.0, 0.6, 0.3), sky=(0.3, 0.2, 0.1))
    photograph, renderer = photograph_ball(shading)
    own, shared = (estimate_light(photograph, renderer, config(texture_gain=value)) for value in (False, True))

    def tint(light) -> float:
        red, _, blue = light.strength.sum(0)
        return red / blue

    assert 1 < tint(shared.light) < tint(own.light)
    assert shared.light.texture_gain[0] > 1 > shared.light.texture_gain[2]
    assert shared.residual == pytest.approx(own.residual, abs=1e-3)  # the picture is explained as well


def test_a_texture_that_is_too_dark_makes_no_light_too_bright():
    """White would be overexposed by it: most of that is taken for the texture."""
    dark = replace(unit_ball(), vertex_colors=torch.full((len(unit_ball().vertices), 3), 0.5))
    photograph, _ = photograph_ball(sun_and_sky(SUN))
    own, shared = (estimate_light(photograph, Renderer(dark), config(texture_gain=value)) for value in (False, True))
    everywhere = spread_directions(300)
    assert own.light.shade(everywhere).max() > 3
    assert 1 < shared.light.shade(everywhere).mean(1).max() < 1.5
    assert shared.residual == pytest.approx(own.residual, abs=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_haze_before_a_red_thing_is_no_blue_light(method):
    """It has next to no blue, so that what blue is seen says nothing of the light's; red and green do."""
    color = torch.tensor([1.0, 0.6, 0.05]).expand(len(unit_ball().vertices), 3).contiguous()
    photograph, renderer = photograph_ball(
        sun_and_sky(SUN, (0.7, 0.7, 0.7), (0.2, 0.2, 0.2)), ball=replace(unit_ball(), vertex_colors=color)
    )
    hazy = replace(photograph, pixels=encode_srgb(photograph.linear + 0.02))

    def blue_over_red(color_ridge: float) -> float:
        strength = estimate_light(hazy, renderer, config(method, color_ridge=color_ridge)).light.strength.sum(0)
        return strength[2] / strength[0]

    assert blue_over_red(0.0) > 3
    assert 0.6 < blue_over_red(1e-2) < 1.6


def test_several_photographs_tell_one_light():
    photograph, renderer = photograph_ball(sun_and_sky(SUN))
    occluders = [LightOccluder(renderer.mesh)] * 2
    estimate = estimate_common_light([photograph] * 2, [renderer] * 2, config("directional"), occluders)
    assert angle_deg(estimate.light.dominant_direction, SUN) < 1.5


@pytest.mark.parametrize("fixed_to", [OBJECT, CAMERA])
def test_the_light_of_a_sequence_goes_with_object_or_camera(fixed_to):
    """A ball that is turned before a camera that stands still, or a camera that goes round it."""
    ball_light, photographs = sun_and_sky(SUN), []
    base, renderer = photograph_ball(ball_light)
    for angle in (0.0, 0.8, 1.6):
        cosine, sine = np.cos(angle), np.sin(angle)
        turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
        camera = replace(base.camera, rotation=base.camera.rotation @ base.camera.rotation.new_tensor(turn))
        in_mesh = SUN if fixed_to == OBJECT else turn.T @ SUN
        photographs.append(photograph_from(camera, renderer, sun_and_sky(in_mesh)))
    found = estimate_sequence_light(
        photographs, [renderer] * 3, config("directional"), [LightOccluder(renderer.mesh)] * 3
    )
    assert found.fixed_to == fixed_to
    expected = SUN if fixed_to == OBJECT else turn.T @ SUN
    assert angle_deg(found.at(photographs[-1]).dominant_direction, expected) < 3


def photograph_from(camera, renderer: Renderer, shading) -> Photograph:
    from camera_estimation.mesh._srgb import linear_from_srgb

    rgba = renderer.supersample(camera.to(dtype=renderer.mesh.vertices.dtype), 4)[0].permute(1, 2, 0).numpy()
    normals, hit = ball_normals(camera)
    linear = linear_from_srgb(rgba[..., :3]) * shading(normals.reshape(-1, 3)).reshape(normals.shape)
    pixels = np.where(hit[..., None], np.round(255 * srgb_from_linear(linear)), 90).astype(np.uint8)
    return Photograph(renderer.mesh.path, pixels, camera)


def test_no_surface_gets_a_negative_shading():
    """Where a picture shows one side alone, least squares would pay for it with a dark other side."""
    normals = spread_directions(2000)
    normals = normals[normals @ CAMERA_SIDE > 0.5]
    basis = evaluate_harmonics(normals) * COSINE_LOBE[BANDS]
    target = np.maximum(normals @ unit(0.0, 1.0, -0.5), 0)
    radiance = solve_harmonics(basis.T @ basis, basis.T @ target, 1e-6)
    everywhere = evaluate_harmonics(spread_directions(1000)) * COSINE_LOBE[BANDS]
    plain = np.linalg.lstsq(basis, target, rcond=None)[0]
    assert (everywhere @ plain).min() < -0.1
    assert (everywhere @ radiance).min() >= 0
    assert solve_harmonics(np.zeros((9, 9)), np.zeros(9), 1e-3) == pytest.approx(np.zeros(9))


def test_non_negative_least_squares():
    generator = np.random.default_rng(0)
    basis, truth = generator.random((60, 20)), np.maximum(generator.standard_normal(20), 0)
    found = solve_non_negative(basis.T @ basis, basis.T @ (basis @ truth))
    assert found == pytest.approx(truth, abs=1e-4)
    assert solve_non_negative(np.eye(3), np.array([1.0, -1.0, 2.0])) == pytest.approx([1, 0, 2], abs=1e-6)


def test_smoothness_is_the_integral_of_the_squared_gradient():
    """Of a harmonic of first order it is 2 (its eigenvalue l (l + 1)), of an even map 0."""
    grid = SphereGrid(32, 64)
    energy = smoothness_energy(grid)
    for number, eigenvalue in ((1, 2), (2, 2), (3, 2), (6, 6)):
        values = evaluate_harmonics(grid.directions)[:, number]
        assert values @ energy @ values == pytest.approx(eigenvalue, rel=0.02)
    assert np.abs(energy @ np.ones(len(energy))).max() < 1e-9
