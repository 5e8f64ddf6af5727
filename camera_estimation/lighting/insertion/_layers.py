"""The object under the light, and the shadow that it casts: what is put over a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from scipy import ndimage

from camera_estimation.geometry import Camera
from camera_estimation.lighting._smooth_normals import SurfaceNormals
from camera_estimation.lighting.insertion._frame_part import (
    FramePart,
    clip_window,
    fill_up,
    ground_places,
    window_of_mesh,
)
from camera_estimation.lighting.insertion._shadow_samples import (
    Fade,
    LightSamples,
    gather_on_object,
    gather_on_receiver,
    sample_light,
)
from camera_estimation.lighting.insertion.placement import GROUND, Ground, Placement
from camera_estimation.lighting.light import Light
from camera_estimation.lighting.lit_surface import SurfacePlaces, surface_places
from camera_estimation.mesh import linear_from_srgb
from camera_estimation.rendering import LightOccluder, Renderer, SeenSurface, surface_colors

SAMPLES = 3  # a side of a pixel, at the object's edges and of its texture
BAND = 500_000  # samples at once, which bounds the memory
MOST_PLACES, FINEST = 120_000, 2.0  # at which light is looked for, of each surface; a side of a pixel
COARSE_PLACES, COARSE_SAMPLES = 12_000, 32  # likewise, to find where shadows are at all
UNSHADED, SHADOW_RIM = 0.995, 4  # light that a place in shadow keeps at most; places around such ones
FARTHEST = 60.0  # radii of the object that its shadow is from it at most
CONTACT = 0.2  # radii of the object above the ground at which half of the light from below reaches it


@dataclass(frozen=True, eq=False)
class InsertedScene:
    """Two meshes in one world.

    Args:
        known: Renderer of the mesh in the photograph.
        occluder: Of that mesh.
        inserted: Renderer of the object, where it stands.
        placement: Of the object.
        light: In world axes.
        samples: Directions in which light is looked for.
    """

    known: Renderer
    occluder: LightOccluder
    inserted: Renderer
    placement: Placement
    light: Light
    samples: int

    @cached_property
    def inserted_occluder(self) -> LightOccluder:
        """Of the object, where it stands."""
        return LightOccluder(self.inserted.mesh)

    @cached_property
    def known_normals(self) -> SurfaceNormals:
        """Of the mesh in the photograph."""
        return SurfaceNormals(self.known.mesh)

    @cached_property
    def inserted_normals(self) -> SurfaceNormals:
        """Of the object."""
        return SurfaceNormals(self.inserted.mesh)

    @cached_property
    def light_samples(self) -> LightSamples:
        """Of the light."""
        return sample_light(self.light, self.samples)


@dataclass(frozen=True, eq=False)
class ObjectLayer:
    """The object as far as nothing hides it.

    Attributes:
        color: Linear RGB, premultiplied by the coverage.
        coverage: Of each pixel of the frame, from 0 to 1.
    """

    color: Float[np.ndarray, "H W 3"]
    coverage: Float[np.ndarray, "H W"]


def draw_object(scene: InsertedScene, camera: Camera) -> ObjectLayer:
    """The object in a frame, lit, and hidden where the known mesh is before it.

    Args:
        scene: Both meshes and the light.
        camera: One, in world coordinates, of the whole frame.
    """
    color = np.zeros((camera.height, camera.width, 3), dtype=np.float32)
    coverage = np.zeros((camera.height, camera.width), dtype=np.float32)
    window = window_of_mesh(scene.inserted.mesh, camera)
    if window is not None:
        reach = _reach_of_object(scene, camera, window)
        rows = max(1, BAND // (SAMPLES**2 * window.width))
        for top in range(window.top, window.top + window.height, rows):
            part = FramePart(window.left, top, window.width, min(rows, window.top + window.height - top))
            shaded, covered = _draw_band(scene, camera, part)
            share = reach[top - window.top : top - window.top + part.height]
            color[part.place], coverage[part.place] = shaded * share, covered
    return ObjectLayer(color, coverage)


def _draw_band(
    scene: InsertedScene, camera: Camera, part: FramePart
) -> tuple[Float[np.ndarray, "h w 3"], Float[np.ndarray, "h w"]]:
    """Texture times the shading of an open surface, and coverage."""
    fine = part.look(camera, SAMPLES * part.width, SAMPLES * part.height)
    mesh = scene.inserted.mesh
    places = surface_places(SeenSurface(scene.inserted, fine), scene.inserted_normals)
    shown = places.seen
    if shown.any():
        before = surface_places(SeenSurface(scene.known, fine), scene.known_normals)
        shown &= places.depth < before.depth
    values = np.zeros((*shown.shape, 3), dtype=np.float32)
    if shown.any():
        face, weights = torch.from_numpy(places.face[shown].astype(np.int64)), torch.from_numpy(places.weights[shown])
        texture = linear_from_srgb(surface_colors(mesh.to("cpu"), face, weights.float()).numpy())
        values[shown] = texture * scene.light.shade(places.normals[shown])
    blocks = part.height, SAMPLES, part.width, SAMPLES
    return values.reshape(*blocks, 3).mean((1, 3)), shown.astype(np.float32).reshape(blocks).mean((1, 3))


def _reach_of_object(scene: InsertedScene, camera: Camera, window: FramePart) -> Float[np.ndarray, "h w 3"]:
    """The share of the light that reaches the object, at each pixel of a window."""
    if not scene.light.is_known:
        return np.ones((window.height, window.width, 3), dtype=np.float32)
    width, height = window.size_for(MOST_PLACES, FINEST)
    surface = SeenSurface(scene.inserted, window.look(camera, width, height))
    places = surface_places(surface, scene.inserted_normals)
    occluders = [scene.inserted_occluder, scene.occluder]
    fade = _fade_near(scene.placement.ground, scene.inserted.mesh.radius) if scene.placement.on == GROUND else None
    reach = gather_on_object(places, scene.light_samples, occluders, fade)
    return fill_up(reach.ratio, places.seen, window.width, window.height)


def _fade_near(ground: Ground, radius: float) -> Fade:
    """Light from below is what the ground returns, and near an object the ground lies in its shadow."""

    def share(points: Float[np.ndarray, "N 3"], rays: Float[np.ndarray, "N K 3"]) -> Float[np.ndarray, "N K"]:
        fall = -(rays @ ground.up)
        height = np.maximum(points @ ground.up - ground.height, 0)[:, None]
        length = height / np.maximum(fall, 1e-6)
        return np.where(fall > 0, length / (length + CONTACT * radius), 1.0)

    return share


def draw_shadow(scene: InsertedScene, camera: Camera) -> Float[np.ndarray, "H W 3"]:
    """The share of the light that the object leaves to what is in the photograph, from 0 to 1.

    Args:
        scene: Both meshes and the light.
        camera: One, in world coordinates, of the whole frame.
    """
    left = np.ones((camera.height, camera.width, 3), dtype=np.float32)
    if not scene.light.is_known:
        return left
    on_ground = _shade_ground(scene, camera)
    on_known = _shade_known(scene, camera)
    covered = _cover(scene.known, camera)[..., None]
    return covered * on_known + (1 - covered) * on_ground


def _shade_ground(scene: InsertedScene, camera: Camera) -> Float[np.ndarray, "H W 3"]:
    left = np.ones((camera.height, camera.width, 3), dtype=np.float32)
    window = _shadow_window(scene, camera)
    if window is None:
        return left
    width, height = window.size_for(MOST_PLACES, FINEST)
    places = _ground_about(scene, window.look(camera, width, height))
    reach = gather_on_receiver(places, scene.light_samples, scene.inserted_occluder, scene.occluder)
    left[window.place] = fill_up(reach.ratio, places.seen, window.width, window.height)
    return left


def _shadow_window(scene: InsertedScene, camera: Camera) -> FramePart | None:
    """The part of the frame in which the object casts a shadow on the ground."""
    whole = FramePart(0, 0, camera.width, camera.height)
    width, height = whole.size_for(COARSE_PLACES, 1.0)
    places = _ground_about(scene, whole.look(camera, width, height))
    reach = gather_on_receiver(places, sample_light(scene.light, COARSE_SAMPLES), scene.inserted_occluder, None)
    dark = ndimage.binary_dilation((reach.ratio < UNSHADED).any(-1) & places.seen, iterations=SHADOW_RIM)
    body = window_of_mesh(scene.inserted.mesh, camera)
    if not dark.any():
        return body
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    across, down = camera.width / width, camera.height / height
    box = (columns[0] * across, rows[0] * down, (columns[-1] + 1) * across, (rows[-1] + 1) * down)
    if body is not None:
        box = (
            min(box[0], body.left),
            min(box[1], body.top),
            max(box[2], body.left + body.width),
            max(box[3], body.top + body.height),
        )
    return clip_window(*box, camera)


def _ground_about(scene: InsertedScene, camera: Camera) -> SurfacePlaces:
    mesh = scene.inserted.mesh
    away = float(np.linalg.norm(scene.placement.base - camera.center[0].numpy()))
    return ground_places(scene.placement.ground, camera, away + FARTHEST * mesh.radius)


def _shade_known(scene: InsertedScene, camera: Camera) -> Float[np.ndarray, "H W 3"]:
    left = np.ones((camera.height, camera.width, 3), dtype=np.float32)
    window = window_of_mesh(scene.known.mesh, camera)
    if window is None:
        return left
    width, height = window.size_for(MOST_PLACES, FINEST)
    surface = SeenSurface(scene.known, window.look(camera, width, height))
    places = surface_places(surface, scene.known_normals)
    reach = gather_on_receiver(places, scene.light_samples, scene.inserted_occluder, scene.occluder)
    left[window.place] = fill_up(reach.ratio, places.seen, window.width, window.height)
    return left


def _cover(renderer: Renderer, camera: Camera) -> Float[np.ndarray, "H W"]:
    """Of the frame by a mesh."""
    covered = np.zeros((camera.height, camera.width), dtype=np.float32)
    window = window_of_mesh(renderer.mesh, camera)
    if window is not None:
        rows = max(1, BAND // (4 * window.width))
        for top in range(window.top, window.top + window.height, rows):
            part = FramePart(window.left, top, window.width, min(rows, window.top + window.height - top))
            fine = SeenSurface(renderer, part.look(camera, 2 * part.width, 2 * part.height)).faces >= 0
            covered[part.place] = fine.astype(np.float32).reshape(part.height, 2, part.width, 2).mean((1, 3))
    return covered
