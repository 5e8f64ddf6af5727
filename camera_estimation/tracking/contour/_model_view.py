"""What the mesh shows at a pose: points of its contour with normals, and points of its surface with their texture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.rendering import Renderer
from camera_estimation.tracking.contour._sampling import sample_at

CONTOUR_POINTS = 180
NORMAL_BLUR = 2.0  # pixels (standard deviation) over which the contour's direction is averaged
RIM_PIXELS = 2  # to either side of a pixel of the rim that tell where in it the rim is


@dataclass(frozen=True)
class ModelView:
    """A render in a window, and what of it moves with the pose.

    Attributes:
        camera: A batch of one of the normalised mesh, for the window, in double precision on the CPU.
        color: Straight RGB in [0, 1].
        coverage: In [0, 1].
        surface: x, y, z in the normalised mesh frame and depth (0: nothing).
        contour: Points on the rim of the silhouette, as those of ``surface``.
        normals: Of the contour in the window, pointing out of the silhouette, of length 1.
    """

    camera: Camera
    color: Float[np.ndarray, "H W 3"]
    coverage: Float[np.ndarray, "H W"]
    surface: Float[Tensor, "4 H W"]
    contour: Float[Tensor, "4 N"]
    normals: Float[np.ndarray, "N 2"]

    @property
    def inside(self) -> Bool[np.ndarray, "H W"]:
        """The pixels that are object and nothing else."""
        return self.coverage > 0.99


def view_mesh(renderer: Renderer, camera: Camera) -> ModelView:
    """The mesh in the window of ``camera`` (a batch of one of the normalised mesh)."""
    drawn = camera.to(renderer.mesh.device, torch.float32)
    rgba, points = renderer.draw(drawn)
    surface = points[0, :4].cpu().double()
    pixels = rgba[0].permute(1, 2, 0).cpu().numpy()
    coverage = np.ascontiguousarray(pixels[..., 3])
    color = pixels[..., :3] / np.maximum(coverage[..., None], 1e-6)
    rows, columns, normals = _contour_of(coverage, surface[3].numpy() > 0)
    places = np.stack([columns, rows], axis=1) + 0.5
    places += _rim_offset(coverage, places, normals)[:, None] * normals
    contour = _unproject(camera, places, surface[3, rows, columns])
    return ModelView(camera, color, coverage, surface, contour, normals)


def _rim_offset(
    coverage: Float[np.ndarray, "H W"], places: Float[np.ndarray, "N 2"], normals: Float[np.ndarray, "N 2"]
) -> Float[np.ndarray, " N"]:
    """How far out of the places (pixels, along the normals) the coverage falls to nothing."""
    along = np.arange(-RIM_PIXELS, RIM_PIXELS + 1)
    covered = sample_at(coverage, places[:, None] + along[:, None] * normals[:, None])
    return covered.sum(1, dtype=np.float64) - (RIM_PIXELS + 0.5)


def _unproject(camera: Camera, places: Float[np.ndarray, "N 2"], depth: Float[Tensor, " N"]) -> Float[Tensor, "4 N"]:
    """Points of the mesh frame that are seen at the places, with their depths."""
    rays = (torch.from_numpy(places) - camera.principal_point) / camera.focal
    in_camera = torch.cat([rays, torch.ones_like(rays[:, :1])], dim=1) * depth[:, None]
    points = (in_camera - camera.translation) @ camera.rotation[0]
    return torch.cat([points.T, depth[None]])


def _contour_of(
    coverage: Float[np.ndarray, "H W"], has_point: Bool[np.ndarray, "H W"]
) -> tuple[np.ndarray, np.ndarray, Float[np.ndarray, "N 2"]]:
    """Rows, columns and outward normals of pixels along the silhouette, evenly spread; none at the window's border."""
    covered = (coverage >= 0.5).astype(np.uint8)
    inner = cv2.erode(covered, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    rim = (covered > inner) & has_point
    rim[[0, -1]] = rim[:, [0, -1]] = False
    lines, _ = cv2.findContours(covered, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    ordered = np.concatenate([line[:, 0] for line in lines]) if lines else np.zeros((0, 2), np.int32)
    ordered = ordered[rim[ordered[:, 1], ordered[:, 0]]]
    if len(ordered) > CONTOUR_POINTS:
        ordered = ordered[np.linspace(0, len(ordered) - 1, CONTOUR_POINTS).astype(int)]
    columns, rows = ordered[:, 0], ordered[:, 1]
    smooth = cv2.GaussianBlur(coverage, (0, 0), NORMAL_BLUR)
    x, y = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    out = -np.stack([x[rows, columns], y[rows, columns]], axis=1).astype(np.float64)
    length = np.linalg.norm(out, axis=1)
    kept = length > 1e-6
    return rows[kept], columns[kept], out[kept] / length[kept, None]
