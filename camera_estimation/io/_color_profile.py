"""Colors of pictures that bring an ICC profile, as sRGB."""

from __future__ import annotations

import io
import logging
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # Pillow's, by the color space of a profile
# Levels by which a profile may differ from sRGB and still be that: makers round it in their own ways.
SAME_LEVELS = 2
PROBE_STEP = 17  # levels from color to color in which a profile is compared with sRGB


class ProfileConversion:
    """From the colors of a profile to sRGB, for all parts of one picture.

    Args:
        profile: The profile as the file has it; None where it has none.
        path: The file, which the log names.
    """

    def __init__(self, profile: bytes | None, path: Path) -> None:
        self._path = path
        self._mode, self._transform = "", None
        if profile:
            try:
                self._mode, self._transform = _transform_of(profile)
            except Exception as error:  # ImageCms raises what it likes, and no picture depends on its profile
                self._ignore(error)

    def apply(self, picture: Image.Image) -> Image.Image:
        """The picture in sRGB, with its alpha; as it is where there is nothing to convert."""
        if self._transform is None:
            return picture
        from PIL import ImageCms

        try:
            alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
            converted = ImageCms.applyTransform(_opaque_part(picture, self._mode), self._transform)
            assert converted is not None
        except Exception as error:
            self._ignore(error)
            self._transform = None
            return picture
        if alpha is not None:
            converted.putalpha(alpha)
        return converted

    def _ignore(self, error: Exception) -> None:
        logging.getLogger(__name__).debug("%s: its color profile is ignored: %s", self._path, error)


def _transform_of(profile: bytes) -> tuple[str, Any]:
    """The mode of colors in the profile, and what makes them sRGB; None for what leaves them."""
    from PIL import ImageCms

    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = opened.profile.xcolor_space.strip()
    if space not in MODES:
        raise ValueError(f"it is of colors {space}")
    mode = MODES[space]
    transform = ImageCms.buildTransform(
        opened,
        _srgb(),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return mode, None if mode != "CMYK" and _changes_nothing(transform, mode) else transform


@cache
def _srgb() -> Any:
    from PIL import ImageCms

    return ImageCms.createProfile("sRGB")


def _changes_nothing(transform: Any, mode: str) -> bool:
    from PIL import ImageCms

    levels = np.arange(0, 256, PROBE_STEP, dtype=np.uint8)
    colors = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    if mode == "L":
        colors = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=-1)
    converted = ImageCms.applyTransform(Image.fromarray(colors).convert(mode), transform)
    return int(np.abs(np.asarray(converted).astype(int) - colors).max()) <= SAME_LEVELS


def _opaque_part(picture: Image.Image, mode: str) -> Image.Image:
    """The picture without alpha, in the mode of its profile. Raises ValueError where the profile is of other colors."""
    gray = picture.mode in ("1", "L", "LA", "La")
    if (mode == "CMYK") != (picture.mode == "CMYK") or (mode == "L" and not gray) or picture.mode == "LAB":
        raise ValueError(f"it is of colors {mode}, and the picture of {picture.mode}")
    return picture.convert(mode)
