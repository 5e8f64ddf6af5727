"""GLB files as tensors that the renderer draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from camera_estimation.geometry import Camera

REPEAT, MIRRORED_REPEAT, CLAMP_TO_EDGE = 0, 1, 2


@dataclass(frozen=True)
class Texture:
    """Base colour of one material: sRGB texels with the material's factor multiplied in, first row at v = 0."""

    texels: UInt8[Tensor, "H W 3"]
    wrap_u: int = REPEAT
    wrap_v: int = REPEAT


@dataclass(frozen=True, eq=False)
class TexturedMesh:
    """A triangle mesh in its own normalised frame: world = centre + radius * vertices, with |vertices| <= 1.

    ``center`` is the centre of the world bounding box and ``radius`` the greatest distance of a vertex from it, so
    that nothing downstream depends on the scale, the origin or the density of the mesh. ``uv`` follows glTF: (0, 0)
    is the first texel of the first row. The colour of a point is its texel times its vertex colour, both sRGB.
    """

    path: Path
    vertices: Float[Tensor, "V 3"]
    faces: Int[Tensor, "F 3"]
    uv: Float[Tensor, "V 2"]
    vertex_colors: Float[Tensor, "V 3"]
    face_texture: Int[Tensor, " F"]
    textures: tuple[Texture, ...]
    center: Float[Tensor, "3"]
    radius: float

    @property
    def device(self) -> torch.device:
        return self.vertices.device

    def to(self, device: torch.device | str) -> TexturedMesh:
        """The same mesh on another device (textures move when the renderer uploads them)."""
        moved = {
            name: getattr(self, name).to(device)
            for name in ("vertices", "faces", "uv", "vertex_colors", "face_texture")
        }
        return replace(self, **moved)

    def to_normalized(self, camera: Camera) -> Camera:
        """A world camera as the camera of the normalised mesh: the same picture, depth divided by ``radius``."""
        translation = (camera.rotation @ self.center.to(camera.rotation) + camera.translation) / self.radius
        return replace(camera, translation=translation)

    def to_world(self, camera: Camera) -> Camera:
        """The inverse of ``to_normalised``, in double precision."""
        camera = camera.to(torch.float64)
        center = self.center.to(camera.rotation)
        return replace(camera, translation=self.radius * camera.translation - camera.rotation @ center)


def load_mesh(path: str | Path) -> TexturedMesh:
    """The whole scene of a GLB file as one mesh. Raises InputError, in one line, if it cannot be used."""
    from camera_estimation.mesh.gltf.scene import read_scene

    path = Path(path)
    scene = read_scene(path)
    center = (scene.vertices.min(axis=0) + scene.vertices.max(axis=0)) / 2
    offsets = scene.vertices - center
    radius = float(np.sqrt((offsets**2).sum(axis=1).max()))
    return TexturedMesh(
        path=path,
        vertices=torch.from_numpy(offsets / radius).float(),
        faces=torch.from_numpy(scene.faces).int(),
        uv=torch.from_numpy(scene.uv).float(),
        vertex_colors=torch.from_numpy(scene.vertex_colors).float(),
        face_texture=torch.from_numpy(scene.face_texture).int(),
        textures=scene.textures,
        center=torch.from_numpy(center),
        radius=radius,
    )
