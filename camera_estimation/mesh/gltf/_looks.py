"""What a glTF material says of base color and opacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from camera_estimation.mesh.gltf.glb import Glb

Color = tuple[float, float, float]
WHITE: Color = (1.0, 1.0, 1.0)
BLACK: Color = (0.0, 0.0, 0.0)
GLOSSINESS, EMISSIVE_STRENGTH = "KHR_materials_pbrSpecularGlossiness", "KHR_materials_emissive_strength"
TRANSFORM = "KHR_texture_transform"
OPAQUE, MASK = "OPAQUE", "MASK"
# Alpha from which a surface is drawn, where the material leaves it open, and of those that would be blended.
DEFAULT_CUTOFF = 0.5
LEAST_ALPHA = 1e-6  # of a factor that cut-offs are divided by


@dataclass(frozen=True)
class Look:
    """What is drawn of one material.

    Args:
        factor: Linear RGB; None: the material says nothing of it.
        texture: A glTF textureInfo of the color, or None.
        cutoff: Alpha of texture and vertices from which the surface is drawn; 0: everywhere.
        opacity: A textureInfo whose alpha counts, or None.
    """

    factor: Color | None = None
    texture: dict[str, Any] | None = None
    cutoff: float = 0.0
    opacity: dict[str, Any] | None = None


def look_of(glb: Glb, material: int | None) -> Look:
    """The look of a material of the document. Emission counts where the base color is black or absent."""
    if material is None:
        return Look()
    described = glb.tree["materials"][material]
    glossy = described.get("extensions", {}).get(GLOSSINESS, {})
    rough = described.get("pbrMetallicRoughness", {})
    factor = glossy.get("diffuseFactor", rough.get("baseColorFactor"))
    texture = glossy.get("diffuseTexture", rough.get("baseColorTexture"))
    rgb = None if factor is None else _color(factor)
    alpha = float(factor[3]) if factor is not None and len(factor) > 3 else 1.0
    cutoff = _cutoff(described, alpha)
    emission, emissive_texture = _emission(described)
    opacity = texture if cutoff else None
    if emission != BLACK:
        if rgb == BLACK or (rgb is None and texture is None):
            return Look(emission, emissive_texture, cutoff, _opacity_of(glb, opacity, emissive_texture))
        glb.remark("light that materials with a base color give off (emission) is left out")
    return Look(rgb, texture, cutoff, opacity)


def texture_transform(info: dict[str, Any] | None) -> dict[str, Any]:
    """How a textureInfo moves texture coordinates; empty: not at all."""
    return (info or {}).get("extensions", {}).get(TRANSFORM, {})


def texture_set(info: dict[str, Any] | None) -> int:
    """The number of the texture coordinates that a textureInfo uses."""
    return int(texture_transform(info).get("texCoord", (info or {}).get("texCoord", 0)))


def _opacity_of(glb: Glb, opacity: dict[str, Any] | None, color: dict[str, Any] | None) -> dict[str, Any] | None:
    """The texture of the opacity, if it lies as that of the color does."""
    if opacity is None or color is None:
        return opacity if color is None else None
    if texture_set(opacity) == texture_set(color) and texture_transform(opacity) == texture_transform(color):
        return opacity
    glb.remark("cut-outs of a texture that lies otherwise than the emissive one are drawn opaque")
    return None


def _emission(described: dict[str, Any]) -> tuple[Color, dict[str, Any] | None]:
    strength = described.get("extensions", {}).get(EMISSIVE_STRENGTH, {}).get("emissiveStrength", 1.0)
    red, green, blue = _color(described.get("emissiveFactor", BLACK))
    return (strength * red, strength * green, strength * blue), described.get("emissiveTexture")


def _cutoff(described: dict[str, Any], alpha: float) -> float:
    """The cut-off for the alpha of texture and vertices alone: that of the factor is divided out."""
    mode = described.get("alphaMode", OPAQUE)
    if mode == OPAQUE:
        return 0.0
    cutoff = float(described.get("alphaCutoff", DEFAULT_CUTOFF)) if mode == MASK else DEFAULT_CUTOFF
    return cutoff / max(alpha, LEAST_ALPHA)


def _color(values: Any) -> Color:
    red, green, blue = (float(value) for value in values[:3])
    return red, green, blue
