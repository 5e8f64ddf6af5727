"""The exporter for OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import write_bytes, write_text

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

YAML_NAME, NPZ_NAME = "cameras.yaml", "cameras.npz"
FIRST_CENTER = 0.0  # of OpenCV's pixels
PLAIN, LONGEST = 5, 12  # coefficients: k1 k2 p1 p2 k3; with k4 k5 k6 and s1 s2 s3 s4


@exporter_registry.register("opencv")
class OpenCVExporter(Exporter):
    """What projectPoints takes, with OpenCV's pixels: the first one's center is (0, 0)."""

    description = "cameras.yaml (cv2.FileStorage) and cameras.npz: K, distortion, rvec, tvec"
    files = (YAML_NAME, NPZ_NAME)

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        values = [_camera_values(image, folder) for image in images]
        write_text(folder / YAML_NAME, _yaml_text(values))
        write_bytes(folder / NPZ_NAME, _npz_content(values))
        return [folder / YAML_NAME, folder / NPZ_NAME]


def _camera_values(image: PosedImage, folder: Path) -> dict[str, Any]:
    """By the names that the YAML file has."""
    from scipy.spatial.transform import Rotation

    from camera_estimation.export._camera_arrays import camera_matrix, distortion_of, world_to_camera
    from camera_estimation.export.pictures import path_between
    from camera_estimation.geometry import FISHEYE

    pose, distortion = world_to_camera(image), distortion_of(image)
    return {
        "name": image.name,
        "image": path_between(image.image_path, folder),
        "mesh": path_between(image.mesh_path, folder),
        "image_width": image.camera.width,
        "image_height": image.camera.height,
        "camera_matrix": camera_matrix(image, FIRST_CENTER),
        "fisheye_model": int(distortion is not None and distortion.model == FISHEYE),
        "distortion_coefficients": _shorten_vector(distortion.coefficients if distortion is not None else ()),
        "rvec": Rotation.from_matrix(pose[:3, :3]).as_rotvec()[:, None],
        "tvec": pose[:3, 3:],
    }


def _shorten_vector(coefficients: Sequence[float]) -> Float[np.ndarray, "1 K"]:
    """As short as OpenCV's vectors may be."""
    import numpy as np

    from camera_estimation.geometry import COEFFICIENT_NAMES, FISHEYE

    used = 1 + max((place for place, value in enumerate(coefficients) if value), default=-1)
    fisheye = len(COEFFICIENT_NAMES[FISHEYE])
    length = fisheye if len(coefficients) == fisheye else next(size for size in (PLAIN, 8, LONGEST) if used <= size)
    return np.pad(np.asarray(coefficients[:length], dtype=np.float64), (0, max(0, length - len(coefficients))))[None]


def _yaml_text(cameras: Sequence[dict[str, Any]]) -> str:
    import cv2

    storage = cv2.FileStorage(".yaml", cv2.FILE_STORAGE_WRITE | cv2.FILE_STORAGE_MEMORY)
    storage.startWriteStruct("images", cv2.FileNode_SEQ)
    for values in cameras:
        storage.startWriteStruct("", cv2.FileNode_MAP)
        for name, value in values.items():
            storage.write(name, value)
        storage.endWriteStruct()
    storage.endWriteStruct()
    return storage.releaseAndGetString()


def _npz_content(cameras: Sequence[dict[str, Any]]) -> bytes:
    """Arrays whose first axis is that of the images; coefficients are filled up with zeros."""
    import numpy as np

    from camera_estimation.export._camera_arrays import npz_bytes

    arrays = {name: np.stack([np.squeeze(values[name]) for values in cameras]) for name in ("rvec", "tvec")}
    vectors = [values["distortion_coefficients"][0] for values in cameras]
    return npz_bytes(
        {
            **{name: [values[name] for values in cameras] for name in ("name", "image", "mesh")},
            **{name: [values[name] for values in cameras] for name in ("image_width", "image_height", "fisheye_model")},
            "camera_matrix": np.stack([values["camera_matrix"] for values in cameras]),
            "distortion_coefficients": np.stack([np.pad(vector, (0, LONGEST - len(vector))) for vector in vectors]),
            **arrays,
        }
    )
