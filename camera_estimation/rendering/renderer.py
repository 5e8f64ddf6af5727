"""Differentiable rendering of one mesh."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering._pose_gradient import attach_motion
from camera_estimation.rendering.backend import Backend, ShadedPixels, renderer_registry
from camera_estimation.rendering.backends.warp import WarpBackend
from camera_estimation.rendering.sharing import shared_property

SAMPLES = 2  # a side of a pixel
# An image of at most this many pixels a side is rendered with twice the samples: there a pixel matters more.
SMALL_IMAGE = 160
GRADIENT_REACH = 2  # pixels that central differences look aside


@dataclass(frozen=True)
class RenderedView:
    """Pictures of a batch of cameras.

    Attributes:
        image: RGB premultiplied by the coverage.
        mask: Coverage.
        points: The surface point of each pixel: x, y, z in the mesh frame, depth (0: nothing), and the cosine between
            normal and line of sight.
    """

    image: Float[Tensor, "B 3 H W"]
    mask: Float[Tensor, "B 1 H W"]
    points: Float[Tensor, "B 5 H W"]


class Renderer:
    """Draws one mesh on the device it lives on. Cameras are in the mesh's normalised frame (``mesh.to_normalized``).

    Args:
        mesh: What to draw.
        backend: Finds what each sample sees and its colour; the project's own by default. The gradients are those of
            the motion field in any case.
    """

    def __init__(self, mesh: TexturedMesh, backend: Backend | None = None) -> None:
        self.mesh = mesh
        self._backend = backend or WarpBackend(mesh)

    @property
    def uses_own_kernels(self) -> bool:
        """Whether what draws is the project's own, not that of another package."""
        return isinstance(self._backend, WarpBackend)

    def with_vertices(self, vertices: Float[Tensor, "V 3"]) -> Renderer:
        """The same mesh with its vertices moved, sharing all else."""
        mesh = replace(self.mesh, vertices=vertices.contiguous())
        return Renderer(mesh, self._backend.reshape(mesh))

    def with_mesh(self, mesh: TexturedMesh) -> Renderer:
        """Another mesh with the same textures, which are shared."""
        return Renderer(mesh, self._backend.replace_mesh(mesh))

    def render(self, camera: Camera) -> RenderedView:
        """Draw all cameras of the batch; gradients flow into pose and intrinsics where they ask for it."""
        samples = 2 * SAMPLES if max(camera.width, camera.height) <= SMALL_IMAGE else SAMPLES
        view = self._shade(camera.detach(), samples, every_sample=True)
        tensors = (camera.rotation, camera.translation, camera.focal, camera.principal_point)
        if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
            image, mask = attach_motion(view, camera, samples, GRADIENT_REACH)
        else:
            image, mask = view.rgba[:, :3], view.rgba[:, 3:]
        return RenderedView(image, mask, view.points)

    def draw(self, camera: Camera) -> tuple[Float[Tensor, "B 4 H W"], Float[Tensor, "B 5 H W"]]:
        """Premultiplied RGBA and the surface points of ``render``, several times faster: without gradients, and each
        face shaded once a pixel with its texture averaged over the pixel."""
        view = self._shade(camera, SAMPLES, every_sample=False)
        return view.rgba, view.points

    def sketch(self, camera: Camera) -> tuple[Float[Tensor, "B 4 H W"], Float[Tensor, "B 5 H W"]]:
        """What ``draw`` gives, from one sample a pixel: for small pictures that will be averaged anyhow."""
        view = self._shade(camera, 1, every_sample=False)
        return view.rgba, view.points

    def supersample(self, camera: Camera, samples: int) -> Float[Tensor, "B 4 H W"]:
        """Premultiplied RGBA from ``samples`` x ``samples`` samples a pixel: slow, for pictures and as a reference."""
        return self._shade(camera, samples, every_sample=True).rgba

    @torch.no_grad()
    def find_faces(self, camera: Camera) -> Int[Tensor, "B H W"]:
        """The triangle at each pixel's center, -1 where there is none."""
        return self._face_finder.find_faces(camera)

    @torch.no_grad()
    def find_texel_faces(self, texture: int, width: int, height: int) -> Int[Tensor, "H W"]:
        """The triangle that each texel of a texture is of, see ``WarpBackend``."""
        return self._face_finder.find_texel_faces(texture, width, height)

    @torch.no_grad()
    def find_hidden(
        self, origin: Float[Tensor, "3"], points: Float[Tensor, "N 3"], faces: Int[Tensor, " N"]
    ) -> Bool[Tensor, " N"]:
        """True for points of triangles before which a camera sees something else of the mesh, see ``WarpBackend``."""
        device = self.mesh.device
        hidden = self._face_finder.find_hidden(origin, points.to(device, torch.float32), faces.to(device, torch.int32))
        return hidden.to(points.device)

    @torch.no_grad()
    def find_met(self, origin: Float[Tensor, "3"], directions: Float[Tensor, "N 3"]) -> Int[Tensor, " N"]:
        """The first triangle on each ray, -1 where there is none, see ``WarpBackend``."""
        met = self._face_finder.find_met(origin, directions.to(self.mesh.device, torch.float32))
        return met.to(directions.device)

    @shared_property
    def _face_finder(self) -> WarpBackend:
        """Whatever draws, the triangles are those of the project's own kernels."""
        return self._backend if isinstance(self._backend, WarpBackend) else WarpBackend(self.mesh)

    @torch.no_grad()
    def _shade(self, camera: Camera, samples: int, every_sample: bool) -> ShadedPixels:
        return self._backend.shade(camera, samples, every_sample)


def create_renderer(mesh: TexturedMesh, name: str = "warp") -> Renderer:
    """The renderer that ``Configuration.renderer`` names.

    Raises:
        InputError: It is unknown, or what it needs is not installed.
    """
    check_renderer(name)
    return Renderer(mesh, renderer_registry.get(name)(mesh))


def check_renderer(name: str) -> None:
    """Raises InputError, in one line, if there is no renderer of that name or what it needs is not installed."""
    names = renderer_registry.names()
    if name not in names:
        raise InputError(f"renderer '{name}' is unknown: choose {' or '.join(names)}")
    renderer_registry.check_runnable(name)
