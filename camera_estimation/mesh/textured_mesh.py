"""Meshes as tensors that the renderer draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from camera_estimation.deprecation import RenamedAttribute
from camera_estimation.geometry import Camera

REPEAT, MIRRORED_REPEAT, CLAMP_TO_EDGE = 0, 1, 2


@dataclass(frozen=True)
class Texture:
    """Base colour of one material: sRGB texels with the material's factor multiplied in, first row at v = 0.

    Args:
        texels: Where the surface is not drawn, the colours of what is near.
        wrap_u: ``REPEAT``, ``MIRRORED_REPEAT`` or ``CLAMP_TO_EDGE``.
        wrap_v: Likewise.
        opacity: Alpha of the texels; None: all are opaque.
        cutoff: The surface is drawn where its opacity times that of its vertices reaches this; 0: everywhere.
    """

    texels: UInt8[Tensor, "H W 3"]
    wrap_u: int = REPEAT
    wrap_v: int = REPEAT
    opacity: UInt8[Tensor, "H W"] | None = None
    cutoff: float = 0.0


@dataclass(frozen=True, eq=False)
class TexturedMesh:
    """A triangle mesh in its own normalised frame: world = center + radius * vertices, with |vertices| <= 1.

    Nothing downstream depends on the scale, the origin or the density of the mesh. The colour of a point is its texel
    times its vertex colour, both sRGB.

    Args:
        path: The file, which messages name.
        vertices: In the normalised frame.
        faces: Vertices of each triangle, counter-clockwise as seen from outside.
        uv: As in glTF: (0, 0) is the first texel of the first row.
        vertex_colors: In [0, 1].
        face_texture: Index into ``textures`` of each triangle.
        textures: Base colours.
        center: Of the bounding box, in world coordinates and double precision.
        radius: Greatest distance of a vertex from ``center``, in world units.
        vertex_opacity: In [0, 1]; None: all are opaque.
        remarks: Lines about what the file has and the mesh leaves out.
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
    vertex_opacity: Float[Tensor, " V"] | None = None
    remarks: tuple[str, ...] = ()

    centre = RenamedAttribute("center")
    to_normalised = RenamedAttribute("to_normalized")

    @property
    def device(self) -> torch.device:
        """Where its tensors are."""
        return self.vertices.device

    @property
    def has_cutouts(self) -> bool:
        """Whether some of its surface is not drawn."""
        return any(texture.cutoff > 0 for texture in self.textures)

    def to(self, device: torch.device | str) -> TexturedMesh:
        """The same mesh on another device (textures move when the renderer uploads them)."""
        names = ["vertices", "faces", "uv", "vertex_colors", "face_texture"]
        if self.vertex_opacity is not None:
            names.append("vertex_opacity")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})

    def to_normalized(self, camera: Camera) -> Camera:
        """A world camera as the camera of the normalised mesh: the same picture, depth divided by ``radius``."""
        translation = (camera.rotation @ self.center.to(camera.rotation) + camera.translation) / self.radius
        return replace(camera, translation=translation)

    def to_world(self, camera: Camera) -> Camera:
        """The inverse of ``to_normalized``, in double precision."""
        camera = camera.to(torch.float64)
        center = self.center.to(camera.rotation)
        return replace(camera, translation=self.radius * camera.translation - camera.rotation @ center)
