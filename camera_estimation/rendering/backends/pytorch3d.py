"""Drawing with PyTorch3D's rasteriser (the extra ``pytorch3d``): a second opinion on the project's own kernels.

It finds the face, the depth and the place on the face of every sample; colours are looked up in torch.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering._pytorch3d_visibility import VisibleSamples, visible_samples
from camera_estimation.rendering._surface import TextureBuffer, build_texture_buffer
from camera_estimation.rendering._texture_lookup import sample_opacity, sample_textures
from camera_estimation.rendering.backend import Backend, ShadedPixels, renderer_registry
from camera_estimation.rendering.side_samples import pixel_sides

# Samples, and triangles, drawn at once: keeps the memory to some hundreds of megabytes.
SAMPLES_AT_ONCE = 2**22
FACES_AT_ONCE = 2**20
LEAST_DEPTH = 1e-6  # of a corner that is projected; nearer faces are cut off by the rasteriser


@renderer_registry.register("pytorch3d")
class Pytorch3dBackend(Backend):
    """PyTorch3D's rasteriser on one mesh."""

    description = "PyTorch3D's rasteriser and textures in PyTorch, as a second opinion; slow"
    requirements = 'pip install "camera-estimation[pytorch3d]"'

    def __init__(self, mesh: TexturedMesh, textures: TextureBuffer | None = None) -> None:
        self._mesh = mesh
        self._faces = mesh.faces.long()
        self._textures = textures or build_texture_buffer(mesh)
        first, second, third = mesh.vertices[self._faces].unbind(1)
        self._normals = torch.linalg.cross(second - first, third - first)
        first, second, third = mesh.uv[self._faces].unbind(1)
        edge, other = second - first, third - first
        self._uv_parallelograms = (edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0]).abs()

    @staticmethod
    def missing() -> str | None:
        """Tells a rasteriser that is not installed from one that does not load."""
        try:
            import pytorch3d._C  # noqa: F401
        except (ImportError, OSError) as error:
            found = "is not installed" if isinstance(error, ModuleNotFoundError) else "does not load"
            return (
                f"renderer pytorch3d: PyTorch3D {found} (torch here is {torch.__version__}, it needs torch 2.12): "
                "pip install camera-estimation[pytorch3d]"
            )
        return None

    def reshape(self, mesh: TexturedMesh) -> Pytorch3dBackend:
        return Pytorch3dBackend(mesh, self._textures)

    def shade(self, camera: Camera, samples: int, every_sample: bool) -> ShadedPixels:
        """As ``Backend.shade``; every sample is shaded on its own in any case."""
        samples_of_view = camera.width * camera.height * samples**2
        views = max(1, min(SAMPLES_AT_ONCE // samples_of_view, FACES_AT_ONCE // len(self._faces)))
        parts = [self._draw(camera[start : start + views], samples) for start in range(0, len(camera), views)]
        return ShadedPixels(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))

    def _draw(self, camera: Camera, samples: int) -> tuple[Tensor, Tensor, Tensor]:
        """The three tensors of ``ShadedPixels``, of few views."""
        volume = self._volumes(camera)
        height, width = camera.height * samples, camera.width * samples
        test = self._is_drawn if self._mesh.has_cutouts else None
        seen = visible_samples(self._corners(camera, samples), volume < 0, height, width, test)
        every = volume.new_zeros(len(camera), height, width, 4)
        every[seen.view, seen.row, seen.column, :3] = self._colors(seen, camera, samples, volume)
        every[seen.view, seen.row, seen.column, 3] = 1.0
        every = every.permute(0, 3, 1, 2).contiguous()
        return F.avg_pool2d(every, samples), self._points(seen, camera, samples), pixel_sides(every, samples)

    def _is_drawn(self, face: Int[Tensor, " N"], barycentric: Float[Tensor, "N 3"]) -> Bool[Tensor, " N"]:
        """Whether faces are opaque enough at places on them."""
        texture = self._mesh.face_texture[face]
        corners = self._faces[face]
        uv = (self._mesh.uv[corners] * barycentric[..., None]).sum(1)
        opacity = sample_opacity(self._textures, texture, uv)
        if self._mesh.vertex_opacity is not None:
            opacity = opacity * (self._mesh.vertex_opacity[corners] * barycentric).sum(1)
        cutoff = self._textures.cutoffs[texture]
        return (cutoff <= 0) | (opacity >= cutoff)

    def _volumes(self, camera: Camera) -> Float[Tensor, "B F"]:
        """What each face spans with the camera's centre, six times; negative where it faces the camera."""
        first = self._mesh.vertices[self._faces[:, 0]]
        return (first * self._normals).sum(-1) - camera.center @ self._normals.T

    def _corners(self, camera: Camera, samples: int) -> Float[Tensor, "B F 3 3"]:
        """(u, v) in samples and depth of the corners of every face."""
        in_camera = self._mesh.vertices @ camera.rotation.transpose(1, 2) + camera.translation[:, None]
        depth = in_camera[..., 2:]
        depth = torch.where(depth.abs() < LEAST_DEPTH, LEAST_DEPTH, depth)
        uv = in_camera[..., :2] / depth * camera.focal[:, None] + camera.principal_point[:, None]
        return torch.cat([uv * samples, depth], dim=-1)[:, self._faces]

    def _colors(
        self, seen: VisibleSamples, camera: Camera, samples: int, volume: Float[Tensor, "B F"]
    ) -> Float[Tensor, "N 3"]:
        """Texture, in the mip level of one sample's footprint, times vertex colour."""
        corners = self._faces[seen.face]
        uv = (self._mesh.uv[corners] * seen.barycentric[..., None]).sum(1)
        samples_area = camera.focal.prod(1)[seen.view] * samples**2
        spanned = volume[seen.view, seen.face].abs().clamp(min=1e-20)
        uv_area = self._uv_parallelograms[seen.face] * seen.depth**3 / (samples_area * spanned)
        color = sample_textures(self._textures, self._mesh.face_texture[seen.face], uv, uv_area)
        return color * (self._mesh.vertex_colors[corners] * seen.barycentric[..., None]).sum(1)

    def _points(self, seen: VisibleSamples, camera: Camera, samples: int) -> Float[Tensor, "B 5 H W"]:
        """Surface points of the nearest sample of each pixel."""
        shape = (len(camera), camera.height * samples, camera.width * samples)
        depth = torch.full(shape, torch.inf, device=camera.device)
        depth[seen.view, seen.row, seen.column] = seen.depth
        number = torch.full(shape, -1, dtype=torch.int64, device=camera.device)
        number[seen.view, seen.row, seen.column] = torch.arange(len(seen.view), device=camera.device)
        nearest = _by_pixel(depth, samples).argmin(-1, keepdim=True)
        number = _by_pixel(number, samples).gather(-1, nearest)[..., 0]

        points = depth.new_zeros(len(camera), camera.height, camera.width, 5)
        covered = number >= 0
        number = number[covered]
        view, face = seen.view[number], seen.face[number]
        position = (self._mesh.vertices[self._faces[face]] * seen.barycentric[number][..., None]).sum(1)
        sight = camera.center[view] - position
        facing = F.cosine_similarity(self._normals[face], sight, dim=-1, eps=1e-30).abs()
        points[covered] = torch.cat([position, seen.depth[number][:, None], facing[:, None]], dim=-1)
        return points.permute(0, 3, 1, 2).contiguous()


def _by_pixel(samples_of: Shaped[Tensor, "B Hs Ws"], samples: int) -> Shaped[Tensor, "B H W S"]:
    """The samples of each pixel along an axis of their own."""
    rows = samples_of.unflatten(1, (-1, samples)).unflatten(3, (-1, samples))
    return rows.transpose(2, 3).flatten(3)
