"""The reader of COLMAP's models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.results.pose_reader import PoseReader, pose_reader_registry

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.dataset import ColmapPose
    from camera_estimation.results.file_pose import FilePose

IMAGES = "images"
PARTS = (IMAGES, "cameras", "points3D")  # any of which may be named for the model


@pose_reader_registry.register("colmap")
class ColmapReader(PoseReader):
    """Its axes and pixels are the project's own; the world is that of the mesh if the model was made from it."""

    description = "a sparse model of COLMAP, text or binary"
    suffixes = (".txt", ".bin")
    file_names = ("images.bin", "images.txt")
    folders = ("", "sparse/0", "sparse", "colmap/sparse/0")

    def recognizes(self, file: Path) -> bool:
        return file.stem in PARTS and file.with_stem(IMAGES).is_file()

    def read(self, file: Path) -> list[FilePose]:
        from camera_estimation.dataset import read_colmap_poses
        from camera_estimation.results.file_pose import FilePose

        return [
            FilePose(_pose_matrix(pose), pose.where, sample=_stem(pose), image=Path(pose.name), known=pose.camera)
            for pose in read_colmap_poses(file.with_stem(IMAGES))
        ]


def _stem(pose: ColmapPose) -> str:
    """The picture's name without its ending, which the exporter makes of the sample's name; see ``PoseIndex``."""
    return Path(pose.name.replace("\\", "/")).stem


def _pose_matrix(pose: ColmapPose) -> Float[Tensor, "4 4"]:
    import torch
    from scipy.spatial.transform import Rotation

    w, x, y, z = pose.quaternion
    matrix = torch.eye(4, dtype=torch.float64)
    matrix[:3, :3] = torch.from_numpy(Rotation.from_quat([x, y, z, w]).as_matrix())
    matrix[:3, 3] = torch.tensor(pose.translation, dtype=torch.float64)
    return matrix
