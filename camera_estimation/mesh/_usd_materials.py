"""Base colors of OpenUSD materials: preview surfaces, with the textures that are connected to them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from camera_estimation.errors import InputError
from camera_estimation.mesh._named_files import REMEDY, is_inside, outside_error, printable
from camera_estimation.mesh._parts import ALPHA_CUTOFF
from camera_estimation.mesh._picture_textures import decode_picture
from camera_estimation.mesh._srgb import srgb_levels
from camera_estimation.mesh._texture_building import build_texture, plain_texture
from camera_estimation.mesh.textured_mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, REPEAT, Texture

WRAP_MODES = {"repeat": REPEAT, "mirror": MIRRORED_REPEAT, "clamp": CLAMP_TO_EDGE, "black": CLAMP_TO_EDGE}
DEFAULT_UV = "st"
PREVIEW_SURFACE, UV_TEXTURE, TRANSFORM = "UsdPreviewSurface", "UsdUVTexture", "UsdTransform2d"
LEAST_ALPHA = 1e-6


@dataclass(frozen=True)
class PreviewLook:
    """What is drawn of one material; no texture: the mesh's own display color."""

    texture: Texture | None = None
    uv_name: str | None = None  # of the primvar with texture coordinates
    scale: tuple[float, float] = (1.0, 1.0)
    rotation: float = 0.0  # radians, counter-clockwise
    translation: tuple[float, float] = (0.0, 0.0)

    def transform_uv(self, uv: Float[np.ndarray, "V 2"]) -> Float[np.ndarray, "V 2"]:
        """Texture coordinates scaled, then rotated, then moved."""
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        return (uv[:, :2] * self.scale) @ np.array([[cos, sin], [-sin, cos]]) + self.translation


class PreviewMaterials:
    """Looks of the materials of one stage, each made once."""

    def __init__(self, path: Path, time: Any, remark: Callable[[str], None]) -> None:
        self._path, self._time, self._remark = path, time, remark
        self._looks: dict[str, PreviewLook] = {}

    def look(self, material: Any) -> PreviewLook:
        """Of a material; of none, or one without a preview surface, the mesh's own color."""
        if not material:
            return PreviewLook()
        name = str(material.GetPath())
        if name not in self._looks:
            surface, _, _ = material.ComputeSurfaceSource()
            if surface and surface.GetIdAttr().Get() == PREVIEW_SURFACE:
                self._looks[name] = self._build(surface)
            else:
                self._remark(f"its material {name} is no preview surface: the mesh's own color is drawn")
                self._looks[name] = PreviewLook()
        return self._looks[name]

    def _build(self, surface: Any) -> PreviewLook:
        alpha, source = self._value(surface, "opacity", 1.0), _texture_of(surface, "opacity")
        threshold = self._value(surface, "opacityThreshold", 0.0) or ALPHA_CUTOFF
        cutoff = threshold if source else threshold / max(alpha, LEAST_ALPHA) if alpha < 1 else 0.0
        texture = _texture_of(surface, "diffuseColor")
        if texture is None:
            color = srgb_levels(np.array(self._value(surface, "diffuseColor", (0.18,) * 3), dtype=np.float64))
            return PreviewLook(plain_texture(tuple(int(level) for level in color), 0.0 if source else cutoff))
        picture = self._read(texture)
        wrap = tuple(WRAP_MODES.get(str(self._value(texture, name, "")), REPEAT) for name in ("wrapS", "wrapT"))
        opacity = picture[..., 3] if source else None
        built = build_texture(picture[..., :3], opacity, cutoff, (wrap[0], wrap[1]))
        return self._place(texture, built)

    def _place(self, texture: Any, built: Texture) -> PreviewLook:
        """The texture with the coordinates that are connected to it."""
        node, scale, rotation, translation = _source(texture, "st"), (1.0, 1.0), 0.0, (0.0, 0.0)
        if node and node.GetIdAttr().Get() == TRANSFORM:
            scale = tuple(self._value(node, "scale", scale))
            rotation = math.radians(self._value(node, "rotation", 0.0))
            translation = tuple(self._value(node, "translation", translation))
            node = _source(node, "in")
        name = str(self._value(node, "varname", DEFAULT_UV)) if node else DEFAULT_UV
        return PreviewLook(built, name, scale, rotation, translation)

    def _read(self, texture: Any) -> np.ndarray:
        from pxr import Ar

        file = self._value(texture, "file", None)
        written = "" if file is None else str(file.path)
        asset = Ar.GetResolver().OpenAsset(Ar.ResolvedPath(file.resolvedPath)) if file and file.resolvedPath else None
        if not asset:
            raise InputError(f"{self._path}: its texture {printable(written)} is missing; {REMEDY}")
        if not is_inside(Path(file.resolvedPath.partition("[")[0]), self._path):
            raise outside_error(self._path, f"its texture {printable(written)}")
        return decode_picture(bytes(asset.GetBuffer()), written, self._path)

    def _value(self, shader: Any, name: str, default: Any) -> Any:
        """Of an input, or of what it is connected to where that is a value too."""
        found = shader.GetInput(name)
        if not found:
            return default
        for attribute in found.GetValueProducingAttributes():
            value = attribute.Get(self._time)
            if value is not None:
                return value
        value = found.Get(self._time)
        return default if value is None else value


def _source(shader: Any, name: str) -> Any:
    """The shader that is connected to an input; None where it has a value."""
    from pxr import UsdShade

    found = shader.GetInput(name)
    if not found or not found.HasConnectedSource():
        return None
    source, _, _ = found.GetConnectedSource()
    return UsdShade.Shader(source.GetPrim())


def _texture_of(surface: Any, name: str) -> Any:
    source = _source(surface, name)
    return source if source and source.GetIdAttr().Get() == UV_TEXTURE else None
