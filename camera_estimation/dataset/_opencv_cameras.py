"""Calibrations as OpenCV's programs and ROS write them: YAML or XML with the matrix and the distortion coefficients.

OpenCV counts pixels from the first one's centre, which here is at (0.5, 0.5).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from camera_estimation.dataset._camera_models import make_distortion, vector_coefficients
from camera_estimation.dataset.known_intrinsics import KnownCamera, check_intrinsics, check_size
from camera_estimation.errors import InputError
from camera_estimation.geometry import FISHEYE, OPENCV

MATRIX_NAMES = ("camera_matrix", "cameraMatrix", "Camera_Matrix", "K")
DISTORTION_NAMES = ("distortion_coefficients", "Distortion_Coefficients", "distCoeffs", "dist_coeffs", "D")
SIZE_NAMES = (("image_width", "image_Width"), ("image_height", "image_Height"))
FISHEYE_FLAG = "fisheye_model"  # of OpenCV's sample program
ROS_MODELS = {"plumb_bob": OPENCV, "rational_polynomial": OPENCV, "equidistant": FISHEYE, "fisheye": FISHEYE}
PIXEL_CENTER = 0.5


def load_opencv(path: Path) -> KnownCamera:
    """The camera of a calibration file.

    Args:
        path: YAML or XML, as ``cv2.FileStorage`` reads it.

    Raises:
        InputError: It cannot be read, or is no calibration; one line.
    """
    import cv2

    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    try:
        storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
        root = storage.root()
        matrix = _node_numbers(_child(root, MATRIX_NAMES))
        vector = _node_numbers(_child(root, DISTORTION_NAMES))
        width, height = (_number(_child(root, names)) for names in SIZE_NAMES)
        fisheye, model = _number(root.getNode(FISHEYE_FLAG)), root.getNode("distortion_model").string()
    except (cv2.error, SystemError) as error:
        reason = " ".join(str(error.__cause__ or error).split())[-100:]
        raise InputError(f"{path}: is no YAML or XML that OpenCV reads ({reason}); write it again") from error
    if matrix is None or len(matrix) != 9:
        raise InputError(f"{path}: has no 3x3 {MATRIX_NAMES[0]}; give a calibration as OpenCV writes it")
    if any(matrix[place] for place in (1, 3, 6, 7)) or matrix[8] != 1:
        raise InputError(
            f"{path}: its {MATRIX_NAMES[0]} is not fx 0 cx, 0 fy cy, 0 0 1: it is transposed or has skew; write it so"
        )
    if model and model not in ROS_MODELS:
        raise InputError(f"{path}: has the distortion model {model}; {', '.join(ROS_MODELS)} are known")
    family = FISHEYE if fisheye else ROS_MODELS.get(model, OPENCV)
    if vector is None and family == FISHEYE:
        raise InputError(f"{path}: has no {DISTORTION_NAMES[0]}; give those of the fisheye")
    named = vector_coefficients(family, [] if vector is None else vector, str(path))
    values = {"fx": matrix[0], "fy": matrix[4], "cx": matrix[2] + PIXEL_CENTER, "cy": matrix[5] + PIXEL_CENTER}
    return KnownCamera(
        check_intrinsics(values, str(path)),
        make_distortion(family, named, str(path)),
        check_size(width, height, str(path)),
        str(path),
    )


def _child(root, names):
    """The node of the first of the names that there is."""
    nodes = [root.getNode(name) for name in names]
    return next((node for node in nodes if not node.empty()), nodes[0])


def _node_numbers(node) -> list[float] | None:
    """Of a matrix, or of the plain list or the rows, cols and data that ROS writes."""
    if node.empty():
        return None
    if node.isMap():
        data = node.getNode("data")
        if data.isSeq():
            return [data.at(place).real() for place in range(data.size())]
    elif node.isSeq():
        return [node.at(place).real() for place in range(node.size())]
    matrix = node.mat()
    return None if matrix is None else np.asarray(matrix, dtype=np.float64).ravel().tolist()


def _number(node) -> float | None:
    return None if node.empty() else float(node.real())
