"""Poses that estimates start from: an earlier result, or a file of the same form.

A ``poses.json`` (or the folder with one), a ``camera.json``, or an object of names of samples or images with a camera
each: ``{"spot": {"width": ..., "height": ..., "fx": ..., "fy": ..., "cx": ..., "cy": ..., "world_to_camera": [...]}}``,
which may also stand one level deeper under the key ``camera``. Other keys are ignored, and so are failed samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError

if TYPE_CHECKING:
    from camera_estimation.geometry import Camera

POSE = "world_to_camera"


@dataclass(frozen=True)
class InitialPoses:
    """World cameras by the names that the file gives them; ``resumed``: estimates go on from them, whatever they
    explain. ``path`` is what messages name."""

    cameras: dict[str, Camera]
    resumed: bool = False
    path: Path = Path("--init")

    def of(self, sample: Sample) -> Camera | None:
        """The camera of the sample's name, else of its image's name or stem."""
        names = (sample.name, sample.image_path.name, sample.image_path.stem)
        return next((self.cameras[name] for name in names if name in self.cameras), None)


def load_initial_poses(path: Path) -> InitialPoses:
    """Poses to start from.

    Args:
        path: A file, or an output folder, as this module describes them.

    Raises:
        InputError: It cannot be read, holds no pose, or one that is no camera.
    """
    from camera_estimation.io import read_json
    from camera_estimation.results.plain_values import parse_camera
    from camera_estimation.results.pose_file import POSES_FORMAT, read_entries

    tree = read_json(path) if path.is_file() else {"format": POSES_FORMAT}
    if isinstance(tree, dict) and tree.get("format") == POSES_FORMAT:
        entries = {entry["name"]: entry for entry in read_entries(path)}
    else:
        entries = _cameras_by_name(tree, path)
    cameras = {
        name: parse_camera(entry, f"{path}: '{name}'") for name, entry in entries.items() if entry.get(POSE) is not None
    }
    if not cameras:
        raise InputError(f"{path}: holds no pose; give the poses.json of a run with finished samples")
    return InitialPoses(cameras, path=path)


def _cameras_by_name(tree: Any, path: Path) -> dict[str, dict[str, Any]]:
    if not isinstance(tree, dict):
        raise InputError(f"{path}: is not an object of poses; give a poses.json, or names with a camera each")
    if POSE in tree:
        name = tree.get("name")
        return {name if isinstance(name, str) else path.stem: tree}
    objects = {PurePath(name).name: value for name, value in tree.items() if isinstance(value, dict)}
    cameras = {name: value.get("camera", value) for name, value in objects.items()}
    return {name: camera for name, camera in cameras.items() if isinstance(camera, dict)}
