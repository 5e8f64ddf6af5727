"""Pictures of textures, of any size and in the formats of GPUs too, as 8-bit sRGB and alpha."""

from __future__ import annotations

import io
import struct

import numpy as np
from jaxtyping import UInt8
from PIL import Image, features

from camera_estimation.io import check_limit, open_limited, read_rgba
from camera_estimation.mesh._texture_budget import count_texels

# Texels a side. Poses are compared in windows of some hundred pixels a side: more texels than this are never told apart
# there, and with their mipmaps they would take gigabytes.
GREATEST_SIDE = 4096
STRIP = 64  # rows of the reduced picture that are made at once
LIMIT, MEGA = "texture_megapixels", 1_000_000
KTX2_SIZE = 20  # bytes before the width and height in the header of a KTX2 file
KTX2_MAGIC = b"\xabKTX 20\xbb\r\n\x1a\n"
AVIF_BRANDS = (b"ftypavif", b"ftypavis")


class PictureFormatError(Exception):
    """A picture in a format that no decoder here knows: why, and what to install, as the rest of a sentence."""


def read_texture(content: bytes, where: str) -> UInt8[np.ndarray, "H W 4"]:
    """Straight sRGB and alpha, 255 where the picture has none; at most ``GREATEST_SIDE`` texels a side.

    Args:
        content: Of the picture's file.
        where: The mesh and its texture, which begin messages about limits.

    Raises:
        InputError: It is beyond the limits; one line.
        PictureFormatError: What decodes the format is not installed.
        Exception: Whatever Pillow raises on a broken file.
    """
    if content.startswith(KTX2_MAGIC):
        content = _decode_ktx2(content, where)
    elif content[4:12] in AVIF_BRANDS and not features.check("avif"):
        raise PictureFormatError("is AVIF, which Pillow reads from version 11.3 on: pip install -U pillow")
    with open_limited(io.BytesIO(content), where, LIMIT) as opened:
        factor = -(-max(opened.size) // GREATEST_SIDE)
        count_texels(-(-opened.width // factor) * -(-opened.height // factor))
    return read_rgba(io.BytesIO(content if factor == 1 else _reduce(content, where)))


def _reduce(content: bytes, where: str) -> bytes:
    """The picture with its sides divided by the whole number that makes it small enough, as an uncompressed file."""
    with open_limited(io.BytesIO(content), where, LIMIT) as opened:
        # JPEG is decoded at a fraction of its size at once, which takes neither the time nor the memory of all of it.
        opened.draft(None, (GREATEST_SIDE, GREATEST_SIDE))
        factor = -(-max(opened.size) // GREATEST_SIDE)
        if opened.mode.startswith(("I", "F")):  # of gray with more than 8 bits
            reduced = (opened.convert("I") if opened.mode != "F" else opened).reduce(factor)
        else:
            reduced = _reduce_strips(opened, factor)
        stream = io.BytesIO()
        reduced.save(stream, "TIFF")
        return stream.getvalue()


def _reduce_strips(picture: Image.Image, factor: int) -> Image.Image:
    """Strip by strip, for a copy of the whole with four channels takes as much memory again.

    Colors and alpha are averaged apart: an opaque material shows the colors of transparent texels too.
    """
    width, height = (-(-side // factor) for side in picture.size)
    reduced = Image.new("RGBA", (width, height))
    for top in range(0, height, STRIP):
        rows = (0, top * factor, picture.width, min((top + STRIP) * factor, picture.height))
        strip = picture.crop(rows).convert("RGBA")
        part = strip.convert("RGB").reduce(factor)
        part.putalpha(strip.getchannel("A").reduce(factor))
        reduced.paste(part, (0, top))
    return reduced


def _decode_ktx2(content: bytes, where: str) -> bytes:
    width, height = struct.unpack_from("<2I", content, KTX2_SIZE)
    check_limit(LIMIT, width * max(height, 1) / MEGA, where, "megapixels")
    try:
        from alktx2 import decode_ktx2_to_bytes
    except ImportError:
        raise PictureFormatError("is KTX2, which alktx2 decodes: pip install camera-estimation[meshes]") from None
    decoded, _ = decode_ktx2_to_bytes(content, format="png")
    return decoded
