"""Pictures of a glTF document's textures, in the formats that its extensions add too."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import UInt8

from camera_estimation.errors import InputError
from camera_estimation.mesh._texture_pictures import PictureFormatError, read_texture
from camera_estimation.mesh.gltf.glb import EXPORT_AGAIN, Glb

# Before the texture's own source, which is there for programs that do not know them.
SOURCE_EXTENSIONS = ("EXT_texture_avif", "EXT_texture_webp", "KHR_texture_basisu", "MSFT_texture_dds")


def read_texture_picture(glb: Glb, texture: int) -> UInt8[np.ndarray, "H W 4"] | None:
    """Straight sRGB and alpha of a texture of the document; None, with a remark, if no decoder here knows its format.

    Raises:
        InputError: It has no picture, or one that is missing or damaged.
    """
    sources = _sources(glb.tree["textures"][texture])
    if not sources:
        raise InputError(f"{glb.path}: a texture has no picture in a known format; {EXPORT_AGAIN}")
    for source in sources:
        try:
            return _read_source(glb, source)
        except PictureFormatError as error:
            instead = "its base color alone is drawn" if source == sources[-1] else "its other picture is drawn"
            glb.remark(f"texture picture {source} {error}; {instead}")
    return None


def _sources(texture: dict[str, Any]) -> list[int]:
    """Pictures of a texture, the preferred ones first."""
    extensions = texture.get("extensions", {})
    sources = [extensions.get(name, {}).get("source") for name in SOURCE_EXTENSIONS]
    return [source for source in (*sources, texture.get("source")) if source is not None]


def _read_source(glb: Glb, image: int) -> UInt8[np.ndarray, "H W 4"]:
    described = glb.tree["images"][image]
    try:
        if "bufferView" in described:
            content = bytes(glb.view_bytes(described["bufferView"]))
        else:
            content = glb.uri_bytes(described["uri"], "texture")
        return read_texture(content, f"{glb.path}: texture picture {image}")
    except (InputError, PictureFormatError):
        raise
    except MemoryError as error:
        raise InputError(f"{glb.path}: texture picture {image} does not fit into memory; make it smaller") from error
    except Exception as error:  # Pillow raises OSError, ValueError, SyntaxError, struct.error... on broken content
        raise InputError(f"{glb.path}: texture picture {image} cannot be read; {EXPORT_AGAIN}") from error
