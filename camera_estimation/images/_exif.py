"""The focal length that a camera wrote into an image file, as far as it holds for the image as it is now.

Tags and their meaning: CIPA DC-008, "Exchangeable image file format for digital still cameras: Exif", 2023.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import ExifTags

from camera_estimation.geometry import FocalPrior
from camera_estimation.io import open_picture, split_frame_path

EXIF = "exif"  # source of the prior

# Diagonal of a frame of 36 x 24 mm: lenses are called equivalent where they see the same angle across the diagonal
# (CIPA DCG-001). The tag itself says only "35 mm film camera equivalent".
FILM_DIAGONAL = math.hypot(36.0, 24.0)
ROUNDING = 1 / math.sqrt(12)  # millimetres: standard deviation of equivalents, which are whole numbers
# Relative standard deviations of true focal lengths from those that are written: nominal lengths, focusing, the crop of
# lens corrections; resolutions of the sensor are less reliable, as they may be those of another size of image.
EQUIVALENT_ERROR, SENSOR_ERROR = 0.03, 0.05
# Longer over shorter side. Sensors have one of two forms; other images are cut from them in the camera, and whether the
# equivalent is then that of the sensor or of the image is up to its maker.
SENSOR_ASPECTS, COMMON_ASPECT = (4 / 3, 3 / 2), 4 / 3
SAME_ASPECT = 0.015  # relative: what rounding to pixels and borders of raw converters make of one aspect
WIDEST_ASPECT = 2.4  # beyond are panoramas, of many exposures
MILLIMETERS = {2: 25.4, 3: 10.0, 4: 1.0, 5: 1e-3}  # of FocalPlaneResolutionUnit
SENSOR_SIDES = (2.5, 60.0)  # millimetres, the longer one: of small phones, and of medium format
FIELDS_OF_VIEW = (3.0, 150.0)  # degrees, vertical: beyond are slips, and fish-eye lenses
LARGEST_ZOOM = 50.0  # digital; beyond are slips

Tags = Mapping[int, Any]


def read_focal_prior(path: Path, width: int, height: int) -> FocalPrior | None:
    """What the EXIF of an image file says of its focal length; None where it says nothing that can be believed.

    Args:
        path: The file.
        width: Of the image with its orientation applied, in pixels.
        height: Likewise.
    """
    if split_frame_path(path) is not None:
        return None
    try:
        return _prior_of_tags(_read_tags(path), width, height)
    except Exception as error:  # Pillow raises what it likes on broken metadata, and no image depends on it
        logging.getLogger(__name__).debug("%s: the focal length in its EXIF is ignored: %s", path, error)
        return None


def _read_tags(path: Path) -> Tags:
    with open_picture(path) as opened:
        # Asking a PNG for what stands nowhere before its pixels would decode them.
        if opened.format == "PNG" and not {"exif", "Raw profile type exif"} & opened.info.keys():
            return {}
        return dict(opened.getexif().get_ifd(ExifTags.IFD.Exif))


def _prior_of_tags(tags: Tags, width: int, height: int) -> FocalPrior | None:
    """As ``read_focal_prior``. Raises ValueError, which says why, for a focal length that does not hold."""
    aspect = max(width, height) / min(width, height)
    original = _original_size(tags)
    if original and not _same_aspect(aspect, original[0] / original[1]):
        raise ValueError(f"it is of an image of {original[0]:.0f}x{original[1]:.0f} pixels, of which this is a part")
    equivalent = _positive(tags, ExifTags.Base.FocalLengthIn35mmFilm)
    if equivalent:
        tan_half_fov, error = _from_equivalent(equivalent, width, height)
    elif original and (focal := _focal_in_sensor_pixels(tags, original[0])):
        tan_half_fov, error = height * (original[0] / max(width, height)) / (2 * focal), SENSOR_ERROR
    else:
        return None
    if aspect > WIDEST_ASPECT:
        raise ValueError("it is of one exposure, and this is a panorama or a part of one")
    prior = FocalPrior(*_zoom(tags, tan_half_fov, error * tan_half_fov), EXIF)
    if not FIELDS_OF_VIEW[0] <= prior.fov_deg <= FIELDS_OF_VIEW[1]:
        raise ValueError(f"it means a field of view of {prior.fov_deg:.3g} degrees")
    return prior


def _original_size(tags: Tags) -> tuple[float, float] | None:
    """Longer and shorter side in pixels: which of them is the width depends on who applied the orientation."""
    width = _positive(tags, ExifTags.Base.ExifImageWidth)
    height = _positive(tags, ExifTags.Base.ExifImageHeight)
    return (max(width, height), min(width, height)) if width and height else None


def _from_equivalent(equivalent: float, width: int, height: int) -> tuple[float, float]:
    """Tangent of half the vertical field of view, and its relative standard deviation."""
    aspect = max(width, height) / min(width, height)
    diagonal = math.hypot(aspect, 1.0)  # in shorter sides, as the next
    uncut = diagonal
    if not any(_same_aspect(aspect, sensor) for sensor in SENSOR_ASPECTS):
        uncut = max(1.0, aspect / COMMON_ASPECT) * math.hypot(COMMON_ASPECT, 1.0)
    cut_error = diagonal / uncut - 1.0
    tan_half_fov = FILM_DIAGONAL / (2 * equivalent) * height / (min(width, height) * diagonal)
    return tan_half_fov, math.hypot(EQUIVALENT_ERROR, ROUNDING / equivalent, cut_error)


def _focal_in_sensor_pixels(tags: Tags, original_side: float) -> float | None:
    """Focal length in pixels of the original, from millimetres and the resolution of the sensor."""
    focal = _positive(tags, ExifTags.Base.FocalLength)
    resolution = _positive(tags, ExifTags.Base.FocalPlaneXResolution)
    unit = MILLIMETERS.get(tags.get(ExifTags.Base.FocalPlaneResolutionUnit, 2))
    if not (focal and resolution and unit):
        return None
    sensor_side = original_side * unit / resolution
    return focal * resolution / unit if SENSOR_SIDES[0] <= sensor_side <= SENSOR_SIDES[1] else None


def _zoom(tags: Tags, tan_half_fov: float, deviation: float) -> tuple[float, float]:
    """Between the two readings of a digital zoom: that the focal length counts it in already, and that it does not."""
    zoom = _positive(tags, ExifTags.Base.DigitalZoomRatio) or 1.0
    if not 1.0 < zoom <= LARGEST_ZOOM:
        return tan_half_fov, deviation
    return tan_half_fov * (1 + 1 / zoom) / 2, math.hypot(deviation, tan_half_fov * (1 - 1 / zoom) / 2)


def _positive(tags: Tags, tag: int) -> float | None:
    """A tag as a number; None where it is missing or none, or says "unknown", which is 0."""
    try:
        value = float(tags[tag])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return value if math.isfinite(value) and value > 0 else None


def _same_aspect(first: float, second: float) -> bool:
    return abs(first / second - 1.0) < SAME_ASPECT
