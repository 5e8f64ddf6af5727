"""One camera as JSON has it, under this project's names or nerfstudio's.

``fx, fy, cx, cy`` (or ``fl_x, fl_y``), ``width, height`` (or ``w, h``), the model as ``camera_model`` or ``model``, and
distortion coefficients by name, or as a list in OpenCV's order under ``distortion``. Or COLMAP's ``model`` and
``params``. Other keys are ignored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from camera_estimation.dataset._camera_models import (
    colmap_family,
    colmap_parameters,
    make_distortion,
    vector_coefficients,
)
from camera_estimation.dataset.known_intrinsics import NAMES, KnownCamera, check_intrinsics, check_size
from camera_estimation.errors import InputError
from camera_estimation.geometry import COEFFICIENT_NAMES, FISHEYE, OPENCV, Distortion

COEFFICIENTS = tuple(dict.fromkeys((*COEFFICIENT_NAMES[OPENCV], *COEFFICIENT_NAMES[FISHEYE])))
VECTORS = ("distortion", "distortion_coefficients", "dist_coeffs")
OTHER_NAMES = {"fx": "fl_x", "fy": "fl_y"}


def is_camera(entry: Any) -> bool:
    """Whether an object of JSON is a camera and not names of images with one each."""
    keys = ("fx", "fl_x", "camera_angle_x", "params")
    return isinstance(entry, dict) and any(isinstance(entry.get(key), (int, float, list)) for key in keys)


def parse_camera_entry(entry: Any, where: str) -> KnownCamera:
    """The camera that an object of JSON describes.

    Args:
        entry: Anything.
        where: The file and the place in it, which begins messages.

    Raises:
        InputError: It is none, or has a model that is not known; one line.
    """
    if not isinstance(entry, dict):
        raise InputError(f"{where} has no object of numbers; give {', '.join(NAMES)} in pixels")
    size = check_size(entry.get("width", entry.get("w")), entry.get("height", entry.get("h")), where)
    if "params" in entry:
        model, values = entry.get("model", entry.get("camera_model")), entry["params"]
        if not isinstance(values, list) or not all(isinstance(value, (int, float)) for value in values):
            raise InputError(f"{where} has params that are no list of numbers; give those of COLMAP's camera")
        given, distortion = colmap_parameters(str(model), values, where)
        return KnownCamera(check_intrinsics(given, where), distortion, size, where)
    numbers = {name: entry.get(name, entry.get(OTHER_NAMES.get(name, name))) for name in NAMES}
    intrinsics = check_intrinsics(_complete_intrinsics(numbers, entry, size), where)
    return KnownCamera(intrinsics, _parse_distortion(entry, where), size, where)


def _complete_intrinsics(
    numbers: dict[str, Any], entry: Mapping[str, Any], size: tuple[int, int] | None
) -> dict[str, Any]:
    """With what nerfstudio and instant-ngp leave out, where an entry has their names."""
    if "fl_x" not in entry and "camera_angle_x" not in entry:
        return numbers
    angle = entry.get("camera_angle_x")
    if numbers["fx"] is None and isinstance(angle, (int, float)) and 0 < angle < math.pi and size is not None:
        numbers["fx"] = size[0] / (2 * math.tan(angle / 2))
    if numbers["fy"] is None:
        numbers["fy"] = numbers["fx"]
    if size is not None:
        numbers["cx"] = size[0] / 2 if numbers["cx"] is None else numbers["cx"]
        numbers["cy"] = size[1] / 2 if numbers["cy"] is None else numbers["cy"]
    return numbers


def _parse_distortion(entry: Mapping[str, Any], where: str) -> Distortion | None:
    given = next((entry[key] for key in VECTORS if entry.get(key) is not None), None)
    inner: Mapping[str, Any] = given if isinstance(given, dict) else {}
    model = inner.get("model", entry.get("camera_model", entry.get("model")))
    if model is None:
        family = FISHEYE if entry.get("is_fisheye") is True else OPENCV
    elif model in (OPENCV, FISHEYE):
        family = model
    else:
        family = colmap_family(str(model), where)
    named = {**{name: entry[name] for name in COEFFICIENTS if name in entry}, **inner}
    named.pop("model", None)
    if isinstance(given, list):
        named |= vector_coefficients(family, given, where)
    elif given is not None and not isinstance(given, dict):
        raise InputError(f"{where} has a distortion that is no list of numbers; give k1, k2, p1, p2, k3 as OpenCV does")
    return make_distortion(family, named, where)
