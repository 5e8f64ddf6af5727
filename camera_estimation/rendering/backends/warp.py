"""Drawing with the project's own kernels in Warp: the default on CPU and CUDA."""

from __future__ import annotations

from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering._shading import shade_visible
from camera_estimation.rendering._surface import TextureBuffer, build_texture_buffer, make_surface
from camera_estimation.rendering._visibility import homogeneous_pixels, visible_faces
from camera_estimation.rendering.backend import Backend, ShadedPixels, renderer_registry


@renderer_registry.register("warp")
class WarpBackend(Backend):
    """Visibility and shading kernels on one mesh."""

    description = "the project's own kernels, on CPU and CUDA"

    def __init__(self, mesh: TexturedMesh, textures: TextureBuffer | None = None) -> None:
        self._mesh = mesh
        self._textures = textures or build_texture_buffer(mesh)
        self._surface = make_surface(mesh, self._textures)

    def shade(self, camera: Camera, samples: int, every_sample: bool) -> ShadedPixels:
        homogeneous = homogeneous_pixels(self._mesh.vertices, camera, samples)
        visible = visible_faces(homogeneous, self._mesh.faces, self._surface, camera, samples)
        return shade_visible(visible, homogeneous, self._surface, camera.center.contiguous(), samples, every_sample)

    def reshape(self, mesh: TexturedMesh) -> WarpBackend:
        return WarpBackend(mesh, self._textures)
