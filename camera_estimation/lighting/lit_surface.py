"""What a photograph shows of a mesh of known pose: places, their color, and the light that they return."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera
from camera_estimation.lighting._smooth_normals import SurfaceNormals
from camera_estimation.lighting.photograph import Photograph, decode_srgb
from camera_estimation.mesh import linear_from_srgb
from camera_estimation.rendering import Renderer, SeenSurface

WHOLE = 0.995  # coverage by the mesh from which a pixel shows nothing else
MASKED = 250  # of 255: likewise by the mask
BORDER = 2  # pixels along the outline that may show what is behind it
SATURATED = 0.97  # linear light from which a channel may have been more
GRAZING = 0.3  # cosine between normal and line of sight below which a place shows more of its gloss than of its color
FEWEST = 50  # pixels that tell light


@dataclass(frozen=True, eq=False)
class LitSurface:
    """Places of a surface that a photograph shows.

    Attributes:
        points: In world coordinates.
        normals: Smooth, unit vectors in world axes, on the camera's side.
        facets: Of the triangles, likewise.
        albedo: Linear RGB of the texture.
        observed: Linear RGB of the photograph.
        known: Whether a channel is known: those that are saturated are not.
        pixels: Row and column of each in a window of the photograph.
        window: Its size, rows and columns.
    """

    points: Float[np.ndarray, "N 3"]
    normals: Float[np.ndarray, "N 3"]
    facets: Float[np.ndarray, "N 3"]
    albedo: Float[np.ndarray, "N 3"]
    observed: Float[np.ndarray, "N 3"]
    known: Bool[np.ndarray, "N 3"]
    pixels: Int[np.ndarray, "N 2"]
    window: tuple[int, int]

    def choose(self, count: int) -> LitSurface:
        """At most ``count`` of the places, evenly among them, always the same."""
        if len(self.points) <= count:
            return self
        kept = np.sort(np.random.default_rng(0).permutation(len(self.points))[:count])
        names = ("points", "normals", "facets", "albedo", "observed", "known", "pixels")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})


def observe_surface(photograph: Photograph, renderer: Renderer, resolution: int) -> LitSurface:
    """The places of a mesh that a photograph shows.

    Args:
        photograph: Of the mesh.
        renderer: Of the mesh.
        resolution: Pixels of the longer side of the window about the mesh in which it is looked at, at most.

    Raises:
        InputError: Too little of it is seen.
    """
    box = _mesh_box(renderer, photograph.camera)
    width, height = box[2] - box[0], box[3] - box[1]
    if min(width, height) < 1:
        raise InputError(f"{photograph.path}: the mesh is not in the picture; light cannot be estimated from it")
    scale = min(1.0, resolution / max(width, height))
    columns, rows = max(1, round(scale * width)), max(1, round(scale * height))
    camera = photograph.camera.crop(box[0], box[1], width, height, columns, rows)
    surface = SeenSurface(renderer, camera)
    usable = _usable(photograph, renderer, camera, surface, box)
    if usable.sum() < FEWEST:
        raise InputError(
            f"{photograph.path}: shows too little of the mesh to tell the light from it; take --light_from another "
            "sample, or --light none"
        )
    return _gather(photograph, renderer, camera, surface, usable, box)


def _mesh_box(renderer: Renderer, camera: Camera) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the mesh in the frame."""
    mesh = renderer.mesh
    points = mesh.center.double().cpu() + mesh.radius * mesh.vertices.double().cpu()
    uv, depth = camera.project(points[None])
    seen = uv[0][depth[0] > 0]
    if not len(seen):
        return (0, 0, 0, 0)
    (left, top), (right, bottom) = seen.amin(0).tolist(), seen.amax(0).tolist()
    return (
        max(0, math.floor(left)),
        max(0, math.floor(top)),
        min(camera.width, math.ceil(right)),
        min(camera.height, math.ceil(bottom)),
    )


def _usable(
    photograph: Photograph, renderer: Renderer, camera: Camera, surface: SeenSurface, box: tuple[int, int, int, int]
) -> Bool[np.ndarray, "h w"]:
    """Pixels that show nothing but the mesh, and not in passing."""
    rgba, points = _draw_window(renderer, camera)
    usable = (rgba[3] > WHOLE) & (points[4] > GRAZING) & (surface.faces >= 0)
    inside = rgba[3] > WHOLE
    if photograph.mask is not None:
        left, top, right, bottom = box
        size = camera.width, camera.height
        mask = cv2.resize(photograph.mask[top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
        inside &= mask >= MASKED
    return usable & ndimage.binary_erosion(inside, iterations=BORDER)


def _draw_window(renderer: Renderer, camera: Camera) -> tuple[Float[np.ndarray, "4 h w"], Float[np.ndarray, "5 h w"]]:
    mesh = renderer.mesh
    rgba, points = renderer.draw(mesh.to_normalized(camera).to(mesh.device, torch.float32))
    return rgba[0].cpu().numpy(), points[0].cpu().numpy()


def _gather(
    photograph: Photograph,
    renderer: Renderer,
    camera: Camera,
    surface: SeenSurface,
    usable: Bool[np.ndarray, "h w"],
    box: tuple[int, int, int, int],
) -> LitSurface:
    left, top, right, bottom = box
    window = decode_srgb(photograph.pixels[top:bottom, left:right])
    observed = cv2.resize(window, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
    rgba, _ = _draw_window(renderer, camera)
    albedo = linear_from_srgb(np.clip(rgba[:3] / np.maximum(rgba[3:], 1e-6), 0, 1)).transpose(1, 2, 0)
    place = surface_places(surface, SurfaceNormals(renderer.mesh))
    chosen = observed[usable]
    row, column = np.nonzero(usable)
    return LitSurface(
        points=place.points[usable],
        normals=place.normals[usable],
        facets=place.facets[usable],
        albedo=albedo[usable].astype(np.float64),
        observed=chosen.astype(np.float64),
        known=chosen < SATURATED,
        pixels=np.stack([row, column], axis=-1),
        window=usable.shape,
    )


@dataclass(frozen=True, eq=False)
class SurfacePlaces:
    """The surface at each pixel of a frame; what is of pixels that show none means nothing.

    Attributes:
        seen: Whether there is any.
        points: In world coordinates.
        normals: Smooth, on the camera's side, in world axes.
        facets: Of the triangles, likewise.
        depth: Along the camera's axis in world units, infinite where there is none.
        face: The triangle.
        weights: Of its corners.
    """

    seen: Bool[np.ndarray, "h w"]
    points: Float[np.ndarray, "h w 3"]
    normals: Float[np.ndarray, "h w 3"]
    facets: Float[np.ndarray, "h w 3"]
    depth: Float[np.ndarray, "h w"]
    face: Int[np.ndarray, "h w"]
    weights: Float[np.ndarray, "h w 3"]


def surface_places(surface: SeenSurface, normals: SurfaceNormals) -> SurfacePlaces:
    """Points and normals of all that a camera sees of a mesh.

    Args:
        surface: What it sees.
        normals: Of the mesh.
    """
    seen = surface.faces >= 0
    shape = seen.shape
    points, smooth, facets, weights = (np.zeros((*shape, 3)) for _ in range(4))
    depth = np.full(shape, np.inf)
    rotation, translation = surface.camera.rotation[0].numpy(), surface.camera.translation[0].numpy()
    for rows, shown, hits in surface.bands():
        in_camera, face = hits.camera_points.numpy(), hits.face.numpy()
        facing = np.sign(-((normals.of_faces[face] @ rotation.T) * in_camera).sum(-1, keepdims=True))
        points[rows][shown] = (in_camera - translation) @ rotation
        smooth[rows][shown] = facing * normals.smooth(face, hits.weights.numpy())
        facets[rows][shown] = facing * normals.of_faces[face]
        weights[rows][shown] = hits.weights.numpy()
        depth[rows][shown] = in_camera[:, 2]
    return SurfacePlaces(seen, points, smooth, facets, depth, surface.faces, weights)
