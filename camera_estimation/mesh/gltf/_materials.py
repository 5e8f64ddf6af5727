"""Base colours of a GLB's materials as textures."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8

from camera_estimation.errors import InputError
from camera_estimation.io import read_rgba
from camera_estimation.mesh.gltf.glb import EXPORT_AGAIN, Glb
from camera_estimation.mesh.textured_mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, REPEAT, Texture

WRAP_MODES = {33071: CLAMP_TO_EDGE, 33648: MIRRORED_REPEAT, 10497: REPEAT}
MID_GRAY = 128
WHITE = (1.0, 1.0, 1.0)


def linear_from_srgb(srgb: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Values in [0, 1], the sRGB transfer function."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """The inverse of ``linear_from_srgb``; clips to [0, 1]."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


@dataclass(frozen=True)
class _BaseColor:
    """``factor`` is linear RGB, ``texture`` a glTF textureInfo; either may be missing."""

    factor: tuple[float, float, float] | None = None
    texture: dict[str, Any] | None = None


class MaterialReader:
    """Textures of one document, each made once however many materials share its picture and factor."""

    def __init__(self, glb: Glb) -> None:
        self._glb = glb
        self._indices: dict[tuple, int] = {}
        self.textures: list[Texture] = []

    def uv_set(self, material: int | None) -> int:
        """Number of the texture coordinate set that the material's base colour texture uses."""
        info = self._base_color(material).texture or {}
        return int(_transform(info).get("texCoord", info.get("texCoord", 0)))

    def transform_uv(self, material: int | None, uv: Float[np.ndarray, "V 2"]) -> Float[np.ndarray, "V 2"]:
        """Texture coordinates after the material's KHR_texture_transform: scaled, then rotated, then moved."""
        transform = _transform(self._base_color(material).texture or {})
        angle = transform.get("rotation", 0.0)
        cos, sin = math.cos(angle), math.sin(angle)
        # Counter-clockwise as one sees the picture, whose v axis points down.
        rotation = np.array([[cos, sin], [-sin, cos]])
        scaled = uv * np.asarray(transform.get("scale", (1.0, 1.0)))
        return scaled @ rotation.T + np.asarray(transform.get("offset", (0.0, 0.0)))

    def texture_index(self, material: int | None, has_uv: bool, has_colors: bool) -> int:
        """Index into ``textures`` of the material's base colour. Raises InputError if its picture cannot be read."""
        color = self._base_color(material)
        if color.texture is not None and has_uv:
            return self._picture_index(color.texture, color.factor or WHITE)
        if color.factor is None and not has_colors:
            return self._index(("grey",), lambda: Texture(torch.full((1, 1, 3), MID_GRAY, dtype=torch.uint8)))
        factor = color.factor or WHITE
        return self._index((factor,), lambda: Texture(torch.from_numpy(_levels(np.array([[factor]])))))

    def _base_color(self, material: int | None) -> _BaseColor:
        if material is None:
            return _BaseColor()
        described = self._glb.tree["materials"][material]
        glossy = described.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness", {})
        rough = described.get("pbrMetallicRoughness", {})
        factor = glossy.get("diffuseFactor", rough.get("baseColorFactor"))
        texture = glossy.get("diffuseTexture", rough.get("baseColorTexture"))
        if factor is None:
            return _BaseColor(None, texture)
        red, green, blue = (float(value) for value in factor[:3])
        return _BaseColor((red, green, blue), texture)

    def _picture_index(self, info: dict[str, Any], factor: tuple[float, float, float]) -> int:
        texture = self._glb.tree["textures"][info["index"]]
        webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
        image = webp.get("source", texture.get("source"))
        if image is None:
            raise InputError(f"{self._glb.path}: a texture has no PNG, JPEG or WebP picture; {EXPORT_AGAIN}")
        sampler = self._glb.tree["samplers"][texture["sampler"]] if "sampler" in texture else {}
        wrap = tuple(WRAP_MODES.get(sampler.get(name, 0), REPEAT) for name in ("wrapS", "wrapT"))

        def build() -> Texture:
            texels = self._texels(image)
            if factor != WHITE:
                levels = linear_from_srgb(np.arange(256) / 255.0)[:, None] * np.array(factor)
                table = _levels(levels)
                texels = np.stack([table[texels[..., channel], channel] for channel in range(3)], axis=-1)
            return Texture(torch.from_numpy(np.ascontiguousarray(texels)), *wrap)

        return self._index((image, factor, *wrap), build)

    def _texels(self, image: int) -> UInt8[np.ndarray, "H W 3"]:
        described = self._glb.tree["images"][image]
        try:
            if "bufferView" in described:
                content = self._glb.view_bytes(described["bufferView"])
            else:
                content = self._glb.uri_bytes(described["uri"])
            return read_rgba(io.BytesIO(content))[..., :3]
        except Exception as error:  # Pillow raises OSError, ValueError, SyntaxError, struct.error... on broken content
            raise InputError(f"{self._glb.path}: texture picture {image} cannot be read; {EXPORT_AGAIN}") from error

    def _index(self, key: tuple, build: Any) -> int:
        if key not in self._indices:
            self.textures.append(build())
            self._indices[key] = len(self.textures) - 1
        return self._indices[key]


def _transform(info: dict[str, Any]) -> dict[str, Any]:
    return info.get("extensions", {}).get("KHR_texture_transform", {})


def _levels(linear: Float[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    return np.round(255.0 * srgb_from_linear(linear)).astype(np.uint8)
