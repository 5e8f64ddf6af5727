"""Differentiable rendering of one mesh."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.camera import Camera
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering.motion_field import attach_motion, moving_points
from camera_estimation.rendering.shading import ShadedPixels, shaded
from camera_estimation.rendering.surface import build_texture_buffer, make_surface
from camera_estimation.rendering.visibility import homogeneous_pixels, visible_faces

SAMPLES = 2  # a side of a pixel
# An image of at most this many pixels a side is rendered with twice the samples: there a pixel matters more.
SMALL_IMAGE = 160
GRADIENT_REACH = 2  # pixels that central differences look aside


@dataclass(frozen=True)
class RenderedView:
    """``image`` is RGB premultiplied by the coverage ``mask``; ``points`` holds the surface point of each
    pixel: x, y, z in the mesh frame, depth (0: nothing), and the cosine between normal and line of sight."""

    image: Float[Tensor, "B 3 H W"]
    mask: Float[Tensor, "B 1 H W"]
    points: Float[Tensor, "B 5 H W"]


class Renderer:
    """Draws one mesh on the device it lives on. Cameras are in the mesh's normalised frame (``mesh.to_normalised``)."""

    def __init__(self, mesh: TexturedMesh) -> None:
        self.mesh = mesh
        self._textures = build_texture_buffer(mesh)
        self._surface = make_surface(mesh, self._textures)

    def render(self, camera: Camera) -> RenderedView:
        """Draw all cameras of the batch; gradients flow into pose and intrinsics where they ask for it."""
        samples = 2 * SAMPLES if max(camera.width, camera.height) <= SMALL_IMAGE else SAMPLES
        view = self._shaded(camera.detach(), samples, every_sample=True)
        rgba = view.rgba
        tensors = (camera.rotation, camera.translation, camera.focal, camera.principal_point)
        if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
            assert view.samples is not None
            rgba = attach_motion(
                rgba, view.samples, moving_points(view.points, camera.detach(), GRADIENT_REACH), camera
            )
        return RenderedView(rgba[:, :3], rgba[:, 3:], view.points)

    def draw(self, camera: Camera) -> tuple[Float[Tensor, "B 4 H W"], Float[Tensor, "B 5 H W"]]:
        """Premultiplied RGBA and the surface points of ``render``, several times faster: without gradients, and each
        face shaded once a pixel with its texture averaged over the pixel."""
        view = self._shaded(camera, SAMPLES, every_sample=False)
        return view.rgba, view.points

    def supersample(self, camera: Camera, samples: int) -> Float[Tensor, "B 4 H W"]:
        """Premultiplied RGBA from ``samples`` x ``samples`` samples a pixel: slow, for pictures and as a reference."""
        return self._shaded(camera, samples, every_sample=True).rgba

    @torch.no_grad()
    def _shaded(self, camera: Camera, samples: int, every_sample: bool) -> ShadedPixels:
        homogeneous = homogeneous_pixels(self.mesh.vertices, camera, samples)
        visible = visible_faces(homogeneous, self.mesh.faces, camera, samples)
        return shaded(visible, homogeneous, self._surface, camera.centre.contiguous(), samples, every_sample)
