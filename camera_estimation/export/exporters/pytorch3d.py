"""The exporter for PyTorch3D."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import write_bytes

FILE_NAME = "cameras.npz"


@exporter_registry.register("pytorch3d")
class PyTorch3DExporter(Exporter):
    """Arguments of PerspectiveCameras with ``in_ndc=False``, by their names."""

    description = "cameras.npz: R, T, focal_length, principal_point, image_size of PerspectiveCameras (in_ndc=False)"
    one_mesh = True
    files = (FILE_NAME,)

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        import numpy as np

        from camera_estimation.export._camera_arrays import distortion_of, intrinsics, npz_bytes, world_to_camera
        from camera_estimation.geometry import PYTORCH3D_FROM_OPENCV

        distorted = next((image.name for image in images if distortion_of(image) is not None), None)
        if distorted is not None:
            raise InputError(
                f"'{distorted}' has a lens that distorts, which PerspectiveCameras cannot hold; undistort the pictures "
                "first, or export gsplat or opencv"
            )
        poses = np.stack([world_to_camera(image) for image in images])
        numbers = np.array([intrinsics(image) for image in images])
        arrays = {
            "name": [image.name for image in images],
            "R": poses[:, :3, :3].transpose(0, 2, 1) * PYTORCH3D_FROM_OPENCV,  # for row vectors
            "T": poses[:, :3, 3] * PYTORCH3D_FROM_OPENCV,
            "focal_length": numbers[:, :2],
            "principal_point": numbers[:, 2:],
            "image_size": [(image.camera.height, image.camera.width) for image in images],
        }
        write_bytes(folder / FILE_NAME, npz_bytes(arrays))
        return [folder / FILE_NAME]
