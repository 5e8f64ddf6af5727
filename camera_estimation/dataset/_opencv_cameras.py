"""Cameras as OpenCV's programs, ROS and ``camera-export`` write them: the matrix and the distortion coefficients.

YAML or XML  of ``cv2.FileStorage``: one camera, or a list ``images`` of them
NPZ          of NumPy: one camera, or arrays whose first axis is that of the images

OpenCV counts pixels from the first one's centre, which here is at (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from camera_estimation.dataset._camera_models import make_distortion, vector_coefficients
from camera_estimation.dataset._opencv_storage import WRITE_AGAIN, read_storage, storage_numbers
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics, check_intrinsics, check_size
from camera_estimation.errors import InputError
from camera_estimation.geometry import COEFFICIENT_NAMES, FISHEYE, OPENCV
from camera_estimation.io import read_arrays

# What people call them, the first of which is ours.
NAMES = {
    "camera_matrix": ("camera_matrix", "cameraMatrix", "Camera_Matrix", "K", "mtx"),
    "distortion_coefficients": (
        *("distortion_coefficients", "Distortion_Coefficients", "distCoeffs", "dist_coeffs", "dist", "D"),
    ),
    "image_width": ("image_width", "image_Width"),
    "image_height": ("image_height", "image_Height"),
    "fisheye_model": ("fisheye_model",),  # of OpenCV's sample program
    "rvec": ("rvec",),
    "tvec": ("tvec",),
}
TEXTS = ("distortion_model", "name", "image", "mesh")
IMAGES = "images"
ROS_MODELS = {"plumb_bob": OPENCV, "rational_polynomial": OPENCV, "equidistant": FISHEYE, "fisheye": FISHEYE}
PIXEL_CENTER = 0.5


@dataclass(frozen=True)
class OpenCVCamera:
    """One camera of a file; what the file does not say is None.

    Args:
        camera: Its intrinsics.
        name: Of the sample, where the file is of ``camera-export``.
        image: The path of its picture.
        mesh: The path of what that shows.
        rvec: Rotation of world to camera, three numbers.
        tvec: Translation of world to camera, three numbers.
    """

    camera: KnownCamera
    name: str | None = None
    image: str | None = None
    mesh: str | None = None
    rvec: tuple[float, ...] | None = None
    tvec: tuple[float, ...] | None = None

    @property
    def where(self) -> str:
        """The file and the place in it, which begins messages."""
        return self.camera.where


def load_opencv(path: Path) -> KnownIntrinsics:
    """The intrinsics of a file: by the names of images, or of one camera for all.

    Args:
        path: YAML or XML as ``cv2.FileStorage`` reads it, or NPZ.

    Raises:
        InputError: It cannot be read, or is no calibration; one line.
    """
    cameras = read_opencv_cameras(path)
    if len(cameras) == 1 and not (cameras[0].image or cameras[0].name):
        return KnownIntrinsics(for_all=cameras[0].camera)
    return KnownIntrinsics({str(camera.image or camera.name): camera.camera for camera in cameras})


def read_opencv_cameras(path: Path) -> list[OpenCVCamera]:
    """The cameras of a file; a single calibration is one without names.

    Args:
        path: As for ``load_opencv``.

    Raises:
        InputError: It cannot be read, or has none; one line.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    read = _npz_entries if path.suffix.lower() == ".npz" else _storage_entries
    return [_camera_of_entry(entry, _camera_place(entry, path)) for entry in read(path)]


def _camera_place(entry: Mapping[str, Any], path: Path) -> str:
    name = entry["image"] or entry["name"]
    return f"{path}: image '{name}'" if name else str(path)


def _camera_of_entry(entry: Mapping[str, Any], where: str) -> OpenCVCamera:
    matrix, vector = entry["camera_matrix"], entry["distortion_coefficients"]
    if matrix is None or len(matrix) != 9:
        raise InputError(f"{where}: has no 3x3 camera_matrix; give a calibration as OpenCV writes it")
    if any(matrix[place] for place in (1, 3, 6, 7)) or matrix[8] != 1:
        raise InputError(
            f"{where}: its camera_matrix is not fx 0 cx, 0 fy cy, 0 0 1: it is transposed or has skew; write it so"
        )
    model = entry["distortion_model"]
    if model and model not in ROS_MODELS:
        raise InputError(f"{where}: has the distortion model {model}; {', '.join(ROS_MODELS)} are known")
    family = FISHEYE if _first_number(entry["fisheye_model"]) else ROS_MODELS.get(model, OPENCV)
    if vector is None and family == FISHEYE:
        raise InputError(f"{where}: has no distortion_coefficients; give those of the fisheye")
    named = vector_coefficients(family, _without_filling(vector or [], family), where)
    values = {"fx": matrix[0], "fy": matrix[4], "cx": matrix[2] + PIXEL_CENTER, "cy": matrix[5] + PIXEL_CENTER}
    width, height = (_first_number(entry[name]) for name in ("image_width", "image_height"))
    distortion, size = make_distortion(family, named, where), check_size(width, height, where)
    camera = KnownCamera(check_intrinsics(values, where), distortion, size, where)
    name, image, mesh = (entry[name] or None for name in ("name", "image", "mesh"))
    rvec, tvec = (None if entry[name] is None else tuple(entry[name]) for name in ("rvec", "tvec"))
    return OpenCVCamera(camera, name, image, mesh, rvec, tvec)


def _without_filling(vector: Sequence[float], family: str) -> Sequence[float]:
    """A fisheye's coefficients without the zeros that fill a row of an array of several cameras."""
    count = len(COEFFICIENT_NAMES[family])
    return vector[:count] if family == FISHEYE and not any(vector[count:]) else vector


def _first_number(values: Sequence[float] | None) -> float | None:
    return values[0] if values else None


def _storage_entries(path: Path) -> list[dict[str, Any]]:
    """Of a list of images, or of the whole file."""
    tree = read_storage(path)
    images = tree.get(IMAGES)
    tables = images if isinstance(images, list) else [tree]
    if not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{path}: its {IMAGES} are no list of tables; {WRITE_AGAIN}")
    return [_storage_entry(table, path) for table in tables]


def _storage_entry(table: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """By the first of the names of each that there is."""
    values = {name: next((table[other] for other in others if other in table), None) for name, others in NAMES.items()}
    numbers = {name: storage_numbers(value, str(path)) for name, value in values.items()}
    return {**numbers, **{name: text if isinstance(text := table.get(name), str) else "" for name in TEXTS}}


def _npz_entries(path: Path) -> list[dict[str, Any]]:
    arrays = read_arrays(path)
    found = {name: next((arrays[other] for other in others if other in arrays), None) for name, others in NAMES.items()}
    matrix = found["camera_matrix"]
    if matrix is None or matrix.ndim < 3:
        return [_array_entry(found, arrays, lambda values: values)]
    for name, values in {**arrays, **{name: values for name, values in found.items() if values is not None}}.items():
        if name in (*NAMES, *TEXTS) and values.shape[:1] != matrix.shape[:1]:
            raise InputError(f"{path}: its {name} is not of {len(matrix)} images as camera_matrix is; write it again")
    return [_array_entry(found, arrays, itemgetter(place)) for place in range(len(matrix))]


def _array_entry(
    found: Mapping[str, Any], arrays: Mapping[str, Any], pick: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Any]:
    numbers = {
        name: None if values is None else np.asarray(pick(values), dtype=np.float64).ravel().tolist()
        for name, values in found.items()
    }
    return {**numbers, **{name: str(pick(arrays[name])) if name in arrays else "" for name in TEXTS}}
