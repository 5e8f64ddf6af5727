"""Camera models under the names that programs give them, and their parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.geometry import COEFFICIENT_NAMES, FISHEYE, OPENCV, Distortion

RADIAL = ("k1", "k2")
# COLMAP's, in its order of parameters after those of the pinhole (src/colmap/sensor/models.h); nerfstudio has some of
# the names too. ``f`` stands for one focal length, ``fx fy`` for two.
COLMAP_MODELS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "SIMPLE_PINHOLE": (OPENCV, "f", ()),
    "PINHOLE": (OPENCV, "fx fy", ()),
    "SIMPLE_RADIAL": (OPENCV, "f", ("k1",)),
    "RADIAL": (OPENCV, "f", RADIAL),
    "OPENCV": (OPENCV, "fx fy", ("k1", "k2", "p1", "p2")),
    "OPENCV_FISHEYE": (FISHEYE, "fx fy", ("k1", "k2", "k3", "k4")),
    "FULL_OPENCV": (OPENCV, "fx fy", ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")),
    "SIMPLE_RADIAL_FISHEYE": (FISHEYE, "f", ("k1",)),
    "RADIAL_FISHEYE": (FISHEYE, "f", RADIAL),
}
# By the number that COLMAP's binary files have.
COLMAP_NUMBERS = {
    **{0: "SIMPLE_PINHOLE", 1: "PINHOLE", 2: "SIMPLE_RADIAL", 3: "RADIAL", 4: "OPENCV", 5: "OPENCV_FISHEYE"},
    **{6: "FULL_OPENCV", 7: "FOV", 8: "SIMPLE_RADIAL_FISHEYE", 9: "RADIAL_FISHEYE", 10: "THIN_PRISM_FISHEYE"},
}
# How many coefficients OpenCV's vectors may have; its tilted sensor (14) is not known here.
VECTOR_LENGTHS = {OPENCV: (0, 1, 2, 4, 5, 8, 12), FISHEYE: (0, 1, 2, 3, 4)}


def colmap_parameters(model: str, values: Sequence[float], where: str) -> tuple[dict[str, float], Distortion | None]:
    """Intrinsics by name, and the distortion, of COLMAP's parameters.

    Args:
        model: Its name.
        values: In COLMAP's order.
        where: The file and the place in it, which begins messages.

    Raises:
        InputError: The model is not known, or has another number of parameters; one line.
    """
    family, focal, names = _colmap_model(model, where)
    count = len(focal.split()) + 2 + len(names)
    if len(values) != count:
        raise InputError(f"{where}: {model} has {count} parameters, not {len(values)}; export the cameras again")
    if focal == "f":
        values = [values[0], *values]
    coefficients = dict(zip(names, values[4:], strict=True))
    return dict(zip(("fx", "fy", "cx", "cy"), values[:4], strict=True)), make_distortion(family, coefficients, where)


def colmap_family(model: str, where: str) -> str:
    """``OPENCV`` or ``FISHEYE``, of COLMAP's name. Raises InputError if it is not known."""
    return _colmap_model(model, where)[0]


def make_distortion(family: str, coefficients: Mapping[str, Any], where: str) -> Distortion | None:
    """The distortion of named coefficients; None where there is none.

    Args:
        family: ``OPENCV`` or ``FISHEYE``.
        coefficients: Those that are not named are 0.
        where: The file and the place in it, which begins messages.

    Raises:
        InputError: The model does not have one of them, or one is no number; one line.
    """
    for name, value in coefficients.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise InputError(f"{where} has no usable number {name}; give distortion coefficients as numbers")
        if name not in COEFFICIENT_NAMES[family] and value != 0:
            known = ", ".join(COEFFICIENT_NAMES[family])
            raise InputError(f"{where} has {name} = {value}, which the model {family} does not have; it has {known}")
    distortion = Distortion.of(family, coefficients)
    return distortion if distortion.bends else None


def vector_coefficients(family: str, values: Sequence[float], where: str) -> dict[str, float]:
    """The coefficients of a vector of OpenCV's by name.

    Raises:
        InputError: It has another length than OpenCV's have; one line.
    """
    if len(values) not in VECTOR_LENGTHS[family]:
        if len(values) == 14 and not any(values[12:]):  # the sensor is not tilted
            values = values[:12]
        else:
            lengths = ", ".join(str(length) for length in VECTOR_LENGTHS[family] if length)
            raise InputError(
                f"{where} has {len(values)} distortion coefficients; give {lengths} of them, in OpenCV's order "
                f"{', '.join(COEFFICIENT_NAMES[family])}"
            )
    return dict(zip(COEFFICIENT_NAMES[family], values, strict=False))


def _colmap_model(model: str, where: str) -> tuple[str, str, tuple[str, ...]]:
    if model not in COLMAP_MODELS:
        raise InputError(
            f"{where} has the camera model {model}, which is not known here; give one of {', '.join(COLMAP_MODELS)}, "
            "or undistort the images first"
        )
    return COLMAP_MODELS[model]
