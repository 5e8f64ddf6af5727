"""Where a photograph shows the ground that a mesh stands on, and where it shows something else that is in the way."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float

from camera_estimation.geometry import Camera
from camera_estimation.lighting.insertion._frame_part import ground_places
from camera_estimation.lighting.insertion.placement import Ground, extent, ground_axes, world_vertices
from camera_estimation.lighting.photograph import Photograph
from camera_estimation.lighting.problem import MEDIAN_TO_DEVIATION
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import Renderer

LONGEST_SIDE = 320  # pixels at which the ground is looked at: its grain is none of it
SMOOTHING = 1.5  # of those pixels, standard deviation
SHADED = 0.5  # that darkness counts beside hue: shadows are no things
NEAR = 0.35  # lengths of the mesh from it: there the ground is learned
FEWEST = 40  # pixels that tell what the ground looks like
LEAST_SPREAD, MOST_SPREAD = 3.0, 7.0  # of colors of one ground, in units of CIE L*a*b*
OTHER, SURELY_OTHER = 2.5, 5.0  # spreads from which a color begins to be, and is, that of something else
LEAST_EDGE, MOST_EDGE = 4.0, 12.0  # slope of one ground's pattern, L* a pixel
LEAST_SHARE = 0.1  # of the ground beside the mesh that an area has to be ground whatever its color
ALIKE = 1.0  # spreads within which an area that edges enclose is ground
EDGE_QUANTILE = 0.9  # of the slopes near the mesh, which is taken to be that of the ground's pattern
RINGS, SPOKES = 5, 16  # of the places under an object that are looked at
ABOUT = 1.15  # half widths of the object that are to be free
UNKNOWN = 0.5  # clutter of what the mesh hides


class GroundLook:
    """The ground in a photograph, as it looks beside a mesh on the side of the camera.

    Args:
        photograph: Of the mesh.
        renderer: Of the mesh.
        ground: That the mesh stands on.
    """

    def __init__(self, photograph: Photograph, renderer: Renderer, ground: Ground) -> None:
        camera = photograph.camera
        scale = min(1.0, LONGEST_SIDE / max(camera.width, camera.height))
        size = max(1, round(scale * camera.width)), max(1, round(scale * camera.height))
        self._ground = ground
        self._camera = camera.crop(0, 0, camera.width, camera.height, *size)
        self._covered = _covered_by(renderer, self._camera)
        self._clutter = self._find_clutter(photograph, renderer.mesh)

    def clutter_at(self, base: Float[np.ndarray, "3"], half_width: float) -> float:
        """The share of the ground under an object where the photograph shows something else, or ends.

        Args:
            base: The place under the object's middle, in world coordinates.
            half_width: Of the object, to all sides.
        """
        right, up, away = ground_axes(self._ground.up, self._camera).T
        radius = (np.arange(RINGS) + 0.5) / RINGS
        angle = 2 * math.pi * np.arange(SPOKES) / SPOKES
        spokes = np.cos(angle)[:, None] * right + np.sin(angle)[:, None] * away
        points = base + ABOUT * half_width * (np.sqrt(radius)[:, None, None] * spokes).reshape(-1, 3)
        points += (self._ground.height - points @ up)[:, None] * up
        uv, depth = self._camera.project(torch.from_numpy(points)[None])
        column, row = np.floor(uv[0].numpy()).astype(np.int64).T
        height, width = self._clutter.shape
        shown = (depth[0].numpy() > 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
        place = np.where(shown, row, 0), np.where(shown, column, 0)
        values = np.where(self._covered[place], UNKNOWN, self._clutter[place])
        return float(np.where(shown, values, 1.0).mean())

    def _find_clutter(self, photograph: Photograph, mesh: TexturedMesh) -> Float[np.ndarray, "h w"]:
        """From 0, where the picture is as the ground beside the mesh, to 1."""
        size = self._camera.width, self._camera.height
        small = cv2.resize(photograph.pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        smooth = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (0, 0), SMOOTHING)
        slope = np.hypot(*(cv2.Sobel(smooth[..., 0], cv2.CV_32F, x, 1 - x, scale=0.125) for x in (1, 0)))
        near = self._near_mesh(mesh)
        if near.sum() < FEWEST:
            return np.zeros(near.shape, dtype=np.float32)
        away = smooth - np.median(smooth[near], axis=0)
        hue = np.hypot(away[..., 1], away[..., 2])
        apart = np.hypot(hue, np.where(away[..., 0] < 0, SHADED, 1) * away[..., 0])
        spread = np.clip(MEDIAN_TO_DEVIATION * np.median(apart[near]), LEAST_SPREAD, MOST_SPREAD)
        edge = np.clip(np.quantile(slope[near], EDGE_QUANTILE), LEAST_EDGE, MOST_EDGE)
        other = (apart / spread - OTHER) / (SURELY_OTHER - OTHER)
        clutter = np.clip(np.maximum(other, slope / edge - 1), 0, 1)
        return np.maximum(clutter, _find_enclosed(clutter, near, np.linalg.norm(away, axis=-1) / spread))

    def _near_mesh(self, mesh: TexturedMesh) -> Bool[np.ndarray, "h w"]:
        """Pixels of the ground about the mesh, on the side of the camera if it shows there."""
        vertices, size = world_vertices(mesh), extent(mesh)
        middle = (vertices.min(0) + vertices.max(0)) / 2
        places = ground_places(self._ground, self._camera, math.inf)
        aside = places.points - middle
        _, up, away = ground_axes(self._ground.up, self._camera).T
        level = aside - (aside @ up)[..., None] * up
        reach = np.linalg.norm((vertices - middle) - np.outer((vertices - middle) @ up, up), axis=1).max()
        near = places.seen & ~self._covered & (np.linalg.norm(level, axis=-1) < reach + NEAR * size)
        before = near & (level @ away < 0)
        return before if before.sum() >= FEWEST else near


def _find_enclosed(
    clutter: Float[np.ndarray, "h w"], near: Bool[np.ndarray, "h w"], apart: Float[np.ndarray, "h w"]
) -> Bool[np.ndarray, "h w"]:
    """Areas within edges that are neither beside the mesh nor quite as the ground: the white of a bottle, a can's lid.

    Args:
        clutter: As far as single pixels tell.
        near: Ground beside the mesh.
        apart: How far each color is from the ground's, in spreads.
    """
    count, labels = cv2.connectedComponents((clutter < 0.5).astype(np.uint8), connectivity=4)
    ground = np.bincount(labels[near], minlength=count) >= LEAST_SHARE * near.sum()
    for label in range(1, count):
        ground[label] |= np.median(apart[labels == label]) < ALIKE
    return ~ground[labels] & (labels > 0)


def _covered_by(renderer: Renderer, camera: Camera) -> Bool[np.ndarray, "h w"]:
    """By the mesh, or next to it."""
    mesh = renderer.mesh
    rgba, _ = renderer.draw(mesh.to_normalized(camera).to(mesh.device, torch.float32))
    return cv2.dilate((rgba[0, 3] > 0.01).cpu().numpy().astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
