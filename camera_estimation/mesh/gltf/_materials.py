"""Base colours of a glTF document's materials as textures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.mesh._srgb import linear_from_srgb, srgb_levels
from camera_estimation.mesh._texture_building import MID_GRAY, build_texture, plain_texture
from camera_estimation.mesh.gltf._looks import WHITE, Color, Look, look_of, texture_set, texture_transform
from camera_estimation.mesh.gltf._pictures import read_texture_picture
from camera_estimation.mesh.gltf.glb import Glb
from camera_estimation.mesh.textured_mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, REPEAT, Texture

WRAP_MODES = {33071: CLAMP_TO_EDGE, 33648: MIRRORED_REPEAT, 10497: REPEAT}


class MaterialReader:
    """Textures of one document, each made once however many materials share its picture and factor."""

    def __init__(self, glb: Glb) -> None:
        self._glb = glb
        self._looks: dict[int | None, Look] = {}
        self._indices: dict[tuple, int] = {}
        self.textures: list[Texture] = []

    def uv_set(self, material: int | None) -> int:
        """Number of the texture coordinate set that the material's base colour texture uses."""
        return texture_set(self._uv_info(material))

    def transform_uv(self, material: int | None, uv: Float[np.ndarray, "V 2"]) -> Float[np.ndarray, "V 2"]:
        """Texture coordinates after the material's KHR_texture_transform: scaled, then rotated, then moved."""
        transform = texture_transform(self._uv_info(material))
        angle = transform.get("rotation", 0.0)
        cos, sin = math.cos(angle), math.sin(angle)
        # Counter-clockwise as one sees the picture, whose v axis points down.
        rotation = np.array([[cos, sin], [-sin, cos]])
        scaled = uv * np.asarray(transform.get("scale", (1.0, 1.0)))
        return scaled @ rotation.T + np.asarray(transform.get("offset", (0.0, 0.0)))

    def texture_index(self, material: int | None, has_uv: bool, has_colors: bool) -> int:
        """Index into ``textures`` of the material's base colour. Raises InputError if its picture cannot be read."""
        look = self._look(material)
        info = look.texture or look.opacity
        if info is not None and has_uv:
            return self._index(_picture_key(look), lambda: self._build(look, has_colors))
        return self._plain_index(look, has_colors)

    def _look(self, material: int | None) -> Look:
        if material not in self._looks:
            self._looks[material] = look_of(self._glb, material)
        return self._looks[material]

    def _uv_info(self, material: int | None) -> dict[str, Any] | None:
        look = self._look(material)
        return look.texture or look.opacity

    def _plain_index(self, look: Look, has_colors: bool) -> int:
        factor, cutoff = look.factor, look.cutoff
        if factor is None and not has_colors:
            return self._index(("grey", cutoff), lambda: plain_texture((MID_GRAY,) * 3, cutoff))
        return self._index((factor or WHITE, cutoff), lambda: plain_texture(_levels_of(factor or WHITE), cutoff))

    def _build(self, look: Look, has_colors: bool) -> Texture:
        """A texture of pictures: of the color's, and, where the surface has cut-outs, of the opacity's alpha."""
        color = None if look.texture is None else read_texture_picture(self._glb, look.texture["index"])
        opacity = None
        if look.opacity is not None:
            same = look.texture is not None and look.opacity["index"] == look.texture["index"]
            alpha = color if same else read_texture_picture(self._glb, look.opacity["index"])
            opacity = None if alpha is None else alpha[..., 3]
        factor = look.factor or WHITE
        if color is None:
            gray = look.factor is None and not has_colors
            texels = np.array((MID_GRAY,) * 3 if gray else _levels_of(factor), np.uint8).reshape(1, 1, 3)
        else:
            texels = _multiply(color[..., :3], factor)
        return build_texture(texels, opacity, look.cutoff, self._wrap_modes(look.texture or look.opacity))

    def _wrap_modes(self, info: dict[str, Any] | None) -> tuple[int, int]:
        texture = self._glb.tree["textures"][(info or {})["index"]]
        sampler = self._glb.tree["samplers"][texture["sampler"]] if "sampler" in texture else {}
        wrap_u, wrap_v = (WRAP_MODES.get(sampler.get(name, 0), REPEAT) for name in ("wrapS", "wrapT"))
        return wrap_u, wrap_v

    def _index(self, key: tuple, build: Any) -> int:
        if key not in self._indices:
            self.textures.append(build())
            self._indices[key] = len(self.textures) - 1
        return self._indices[key]


def _picture_key(look: Look) -> tuple:
    """Of materials that need no texture each: the same pictures with the same factor."""
    names = [None if info is None else info["index"] for info in (look.texture, look.opacity)]
    return (*names, look.factor or WHITE, look.cutoff)


def _multiply(texels: UInt8[np.ndarray, "H W 3"], factor: Color) -> UInt8[np.ndarray, "H W 3"]:
    """Texels times a linear factor."""
    if factor == WHITE:
        return texels
    table = srgb_levels(linear_from_srgb(np.arange(256) / 255.0)[:, None] * np.array(factor))
    return np.stack([table[texels[..., channel], channel] for channel in range(3)], axis=-1)


def _levels_of(factor: Color) -> tuple[int, int, int]:
    red, green, blue = (int(level) for level in srgb_levels(np.array(factor)))
    return red, green, blue
