"""The reader of transforms.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.results.pose_reader import PoseReader, pose_reader_registry

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.results.file_pose import FilePose


@pose_reader_registry.register("transforms")
class TransformsReader(PoseReader):
    """Camera-to-world matrices in axes of OpenGL. The world is that before ``applied_transform`` and ``applied_scale``;
    where the file does not say what was applied, its Z axis is taken to point up, as these programs have it."""

    description = "transforms.json of nerfstudio and instant-ngp"
    suffixes = (".json",)
    file_names = ("transforms.json",)

    def recognizes(self, file: Path) -> bool:
        from camera_estimation.dataset import is_transforms_tree
        from camera_estimation.io import read_json

        try:
            return is_transforms_tree(read_json(file))
        except InputError:
            return False

    def read(self, file: Path) -> list[FilePose]:
        from camera_estimation.dataset import frames_of_transforms
        from camera_estimation.io import read_json
        from camera_estimation.results.file_pose import FilePose

        tree = read_json(file)
        back, scale = _undone_transform(tree, file)
        return [
            FilePose(
                _pose_of_opengl(frame.values.get("transform_matrix"), back, scale, frame.where),
                frame.where,
                sample=_text(frame.values, "sample"),
                image=file.parent / frame.name.replace("\\", "/"),
                mesh=_text(frame.values, "mesh"),
                known=frame.camera,
            )
            for frame in frames_of_transforms(tree, file)
        ]


def _undone_transform(tree: Mapping[str, Any], file: Path) -> tuple[Float[Tensor, "4 4"], float]:
    """What leads back to the mesh's world, after a division of positions by the second value."""
    import torch

    from camera_estimation.geometry import Z_UP_FROM_Y_UP
    from camera_estimation.results.plain_values import rigid_matrix

    scale = tree.get("applied_scale", 1.0)
    if isinstance(scale, bool) or not isinstance(scale, (int, float)) or not scale > 0:
        raise InputError(f"{file}: its applied_scale is no positive number; write the file again")
    if tree.get("applied_transform") is None:
        back = torch.eye(4, dtype=torch.float64)
        back[:3, :3] = torch.tensor(Z_UP_FROM_Y_UP, dtype=torch.float64).T
        return back, scale
    applied = rigid_matrix(tree["applied_transform"], str(file), "applied_transform")
    return torch.linalg.inv(applied), scale


def _pose_of_opengl(values: Any, back: Float[Tensor, "4 4"], scale: float, where: str) -> Float[Tensor, "4 4"]:
    import torch

    from camera_estimation.geometry import OPENGL_FROM_OPENCV
    from camera_estimation.results.plain_values import rigid_matrix

    camera_to_world = rigid_matrix(values, where, "transform_matrix")
    camera_to_world[:3, 3] /= scale
    camera_to_world = back @ camera_to_world
    axes = torch.diag(torch.tensor([*OPENGL_FROM_OPENCV, 1.0], dtype=torch.float64))
    return torch.linalg.inv(camera_to_world @ axes)


def _text(values: Mapping[str, Any], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None
