"""Pillow's own limits, raised to those of the settings while files are opened, and what it must not open."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from PIL import Image, ImageFile, PngImagePlugin, UnidentifiedImageError

from camera_estimation.errors import InputError
from camera_estimation.io.limits import MEGA, check_limit, current_limits

# Bytes of one text of a PNG file, and of all: programs that generate pictures write their whole settings there.
LONGEST_TEXT, LONGEST_TEXTS = 1 << 27, 1 << 28
# Of the forty that Pillow knows, those that pictures and textures are kept in: others run programs (EPS), are those of
# office files, or take the memory that their first bytes ask for (GBR). The first ones take no time to be loaded.
LIGHT_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM")
FORMATS = (*LIGHT_FORMATS, "WEBP", "TIFF", "AVIF", "HEIF", "JPEG2000", "TGA", "DDS", "PSD", "QOI", "SGI")

_changing = Lock()
_users = 0
_before: list[Any] = []


@contextmanager
def open_limited(
    source: Path | io.BytesIO, where: object, limit: str = "picture_megapixels"
) -> Iterator[ImageFile.ImageFile]:
    """An opened picture, whose pixels are not decoded yet; of a file of several the first.

    Args:
        source: A file, or its content.
        where: What messages begin with.
        limit: Of its pixels, a field of ``LimitsConfig``.

    Raises:
        InputError: It has more pixels than the limit; one line that names the setting.
        Exception: Whatever Pillow raises on a broken file.
    """
    with _raise_limits(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures and odd metadata
        try:
            opened = open_picture_format(source)
        except Image.DecompressionBombError as error:
            raise InputError(
                f"{where}: has more pixels than limits.{limit} = {getattr(current_limits(), limit):g} million; make it "
                "smaller, or raise that setting in a TOML file"
            ) from error
        with opened:
            check_limit(limit, opened.width * opened.height / MEGA, where, "megapixels")
            yield opened


def open_picture_format(source: Path | io.BytesIO) -> ImageFile.ImageFile:
    """As ``Image.open``, of ``FORMATS`` alone."""
    with suppress(UnidentifiedImageError):
        return Image.open(source, formats=LIGHT_FORMATS)
    Image.init()
    return Image.open(source, formats=[name for name in FORMATS if name in Image.OPEN])


@contextmanager
def _raise_limits() -> Iterator[None]:
    """Pillow's are of the whole process: they are put back when the last of several threads is done."""
    global _users, _before
    with _changing:
        if _users == 0:
            _before = [getattr(module, name) for module, name, _ in _own_limits()]
            for module, name, value in _own_limits():
                setattr(module, name, value)
        _users += 1
    try:
        yield
    finally:
        with _changing:
            _users -= 1
            if _users == 0:
                for (module, name, _), value in zip(_own_limits(), _before, strict=True):
                    setattr(module, name, value)


def _own_limits() -> tuple[tuple[Any, str, int], ...]:
    limits = current_limits()
    most = int(max(limits.picture_megapixels, limits.texture_megapixels) * MEGA)
    return (
        (Image, "MAX_IMAGE_PIXELS", max(1, most // 2)),  # Pillow refuses pictures of twice as many
        (PngImagePlugin, "MAX_TEXT_CHUNK", LONGEST_TEXT),
        (PngImagePlugin, "MAX_TEXT_MEMORY", LONGEST_TEXTS),
    )
