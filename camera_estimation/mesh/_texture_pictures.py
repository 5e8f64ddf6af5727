"""Pictures of textures, of any size and in the formats of GPUs too, as 8-bit sRGB and alpha."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, features

from camera_estimation.io import read_rgba

# Texels a side. Poses are compared in windows of some hundred pixels a side: more texels than this are never told apart
# there, and with their mipmaps they would take gigabytes.
GREATEST_SIDE = 4096
STRIP = 64  # rows of the reduced picture that are made at once
KTX2_MAGIC = b"\xabKTX 20\xbb\r\n\x1a\n"
AVIF_BRANDS = (b"ftypavif", b"ftypavis")


class PictureFormatError(Exception):
    """A picture in a format that no decoder here knows: why, and what to install, as the rest of a sentence."""


def read_texture(source: Path | io.BytesIO) -> UInt8[np.ndarray, "H W 4"]:
    """Straight sRGB and alpha, 255 where the picture has none; at most ``GREATEST_SIDE`` texels a side.

    Raises:
        PictureFormatError: What decodes the format is not installed.
        Exception: Whatever Pillow raises on a broken file.
    """
    content = source.read_bytes() if isinstance(source, Path) else source.getvalue()
    if content.startswith(KTX2_MAGIC):
        content = _decode_ktx2(content)
    elif content[4:12] in AVIF_BRANDS and not features.check("avif"):
        raise PictureFormatError("is AVIF, which Pillow reads from version 11.3 on: pip install -U pillow")
    with _lift_pixel_limit():
        with Image.open(io.BytesIO(content)) as opened:
            small = max(opened.size) <= GREATEST_SIDE
        return read_rgba(io.BytesIO(content if small else _reduce(content)))


def _reduce(content: bytes) -> bytes:
    """The picture with its sides divided by the whole number that makes it small enough, as an uncompressed file."""
    with Image.open(io.BytesIO(content)) as opened:
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


@contextmanager
def _lift_pixel_limit() -> Iterator[None]:
    """Pillow refuses pictures of many pixels, in case that they come from strangers to fill the memory."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _decode_ktx2(content: bytes) -> bytes:
    try:
        from alktx2 import decode_ktx2_to_bytes
    except ImportError:
        raise PictureFormatError("is KTX2, which alktx2 decodes: pip install camera-estimation[meshes]") from None
    decoded, _ = decode_ktx2_to_bytes(content, format="png")
    return decoded
