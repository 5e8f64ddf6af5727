"""The reader of OpenCV's poses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.results.pose_reader import PoseReader, pose_reader_registry

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.dataset import OpenCVCamera
    from camera_estimation.results.file_pose import FilePose


@pose_reader_registry.register("opencv")
class OpenCVReader(PoseReader):
    """``rvec`` and ``tvec`` with the matrix and the coefficients, of a list ``images`` or of one camera."""

    description = "YAML, XML or NPZ with rvec and tvec of OpenCV"
    suffixes = (".yaml", ".yml", ".xml", ".npz")
    file_names = ("cameras.yaml", "cameras.npz")

    def recognizes(self, file: Path) -> bool:
        from camera_estimation.dataset import read_opencv_cameras
        from camera_estimation.io import array_names

        try:
            return any(camera.rvec is not None for camera in read_opencv_cameras(file))
        except InputError:
            # YAML and XML are of no other format here; arrays may be.
            return file.suffix.lower() != ".npz" or "rvec" in array_names(file)

    def read(self, file: Path) -> list[FilePose]:
        from camera_estimation.dataset import read_opencv_cameras
        from camera_estimation.results.file_pose import FilePose

        return [
            FilePose(
                _pose_of_vectors(camera),
                camera.where,
                sample=camera.name,
                image=_picture(camera, file),
                mesh=camera.mesh,
                known=camera.camera,
            )
            for camera in read_opencv_cameras(file)
        ]


def _picture(camera: OpenCVCamera, file: Path) -> Path | None:
    """Of a single camera without a name that of the file's name."""
    if camera.image:
        return file.parent / camera.image.replace("\\", "/")
    return None if camera.name else file.with_suffix("")


def _pose_of_vectors(camera: OpenCVCamera) -> Float[Tensor, "4 4"]:
    import numpy as np
    import torch
    from scipy.spatial.transform import Rotation

    for name, values in (("rvec", camera.rvec), ("tvec", camera.tvec)):
        if values is None or len(values) != 3 or not np.isfinite(values).all():
            raise InputError(f"{camera.where}: its {name} is not 3 finite numbers; write the cameras again")
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec(camera.rvec).as_matrix()
    pose[:3, 3] = camera.tvec
    return torch.from_numpy(pose)
