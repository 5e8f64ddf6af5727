"""Poses that estimates start from: an earlier result, a file of the same form, or of another program.

A ``poses.json`` (or the folder with one), a ``camera.json``, or an object of names of samples or images with a camera
each: ``{"spot": {"width": ..., "height": ..., "fx": ..., "fy": ..., "cx": ..., "cy": ..., "world_to_camera": [...]}}``,
which may also stand one level deeper under the key ``camera``. Other keys are ignored, and so are failed samples. Or
what a reader of ``pose_readers/`` recognizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.io import read_json
from camera_estimation.results.file_pose import FilePose, pose_of_camera
from camera_estimation.results.plain_values import parse_camera
from camera_estimation.results.pose_file import POSES_FORMAT, holds_run, read_entries
from camera_estimation.results.pose_index import PoseIndex
from camera_estimation.results.pose_reader import read_file_poses

POSE = "world_to_camera"


@dataclass(frozen=True)
class InitialPoses:
    """Poses of a file, which ``path`` names; ``resumed``: estimates go on from them, whatever they explain."""

    index: PoseIndex
    resumed: bool = False
    path: Path = Path("--init")

    def of(self, sample: Sample) -> FilePose | None:
        """The pose of a sample. Raises InputError if several that differ could be meant."""
        time = None if sample.frame is None else sample.frame.time
        return self.index.find(sample.name, sample.image_path, sample.mesh_path, time)


def load_initial_poses(path: Path) -> InitialPoses:
    """Poses to start from.

    Args:
        path: A file, or an output folder, as this module describes them.

    Raises:
        InputError: It cannot be read, holds no pose, or one that is no camera.
    """
    poses = None if holds_run(path) else read_file_poses(path)
    if poses is None:
        poses = _own_poses(path)
    if not poses:
        raise InputError(f"{path}: holds no pose; give the poses.json of a run with finished samples")
    return InitialPoses(PoseIndex(poses), path=path)


def _own_poses(path: Path) -> list[FilePose]:
    tree = read_json(path) if path.is_file() else {"format": POSES_FORMAT}
    if isinstance(tree, dict) and tree.get("format") == POSES_FORMAT:
        entries = {entry["name"]: entry for entry in read_entries(path)}
    else:
        entries = _cameras_by_name(tree, path)
    return [
        pose_of_camera(parse_camera(entry, where), name, where)
        for name, entry in entries.items()
        if entry.get(POSE) is not None and (where := f"{path}: '{name}'")
    ]


def _cameras_by_name(tree: Any, path: Path) -> dict[str, dict[str, Any]]:
    if not isinstance(tree, dict):
        raise InputError(f"{path}: is not an object of poses; give a poses.json, or names with a camera each")
    if POSE in tree:
        name = tree.get("name")
        return {name if isinstance(name, str) else path.stem: tree}
    objects = {PurePath(name).name: value for name, value in tree.items() if isinstance(value, dict)}
    cameras = {name: value.get("camera", value) for name, value in objects.items()}
    return {name: camera for name, camera in cameras.items() if isinstance(camera, dict)}
