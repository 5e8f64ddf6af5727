"""poses_smoothed.json: the cameras of poses.json with those of each sequence smoothed, beside it and never instead."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from camera_estimation.dataset import Sample, place_in_time, sequence_keys
from camera_estimation.io import json_text, write_text
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.results import (
    CONVENTIONS,
    POSES_FORMAT,
    POSES_VERSION,
    SMOOTHED_NAME,
    entry_in_file,
    entry_with_pose,
    read_poses,
)
from camera_estimation.tracking import Trajectory, smooth_trajectory

Entry = dict[str, Any]
FEWEST = 3  # frames that have anything to smooth
MEANING = (
    "cameras of poses.json after smoothing over neighbouring frames, of which smoothing_width is the standard "
    "deviation in frames; what was measured before that is null; smoothing: by how much this camera was turned, and "
    "the mesh's centre moved in camera axes"
)


@dataclass(frozen=True)
class SmoothedPoses:
    """How many samples were smoothed, and how many stay as they are: those with a mesh of their own, whose position and
    size are its own too, and those without neighbours."""

    smoothed: int
    unchanged: int


def write_smoothed_poses(
    output_dir: Path, samples: Sequence[Sample], width: float, greatest_step: float
) -> SmoothedPoses:
    """Smooth the finished ones of ``samples`` in the poses.json of ``output_dir``; arguments are those of
    ``smooth_trajectory``.

    Raises InputError if a mesh is not there any more or the file cannot be written.
    """
    finished = {entry["name"]: entry for entry in read_poses(output_dir) if entry["status"] == "ok"}
    keys = sequence_keys(samples)
    sequences: dict[Hashable, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.name in finished:
            sequences[keys[sample.name]].append(sample)
    entries: dict[str, Entry] = {}
    changed = 0
    for frames in sequences.values():
        before = [finished[sample.name] for sample in frames]
        after = before
        if len(frames) >= FEWEST and len({sample.mesh_path for sample in frames}) == 1:
            after = _smooth_entries(frames, before, load_mesh(frames[0].mesh_path), width, greatest_step)
            changed += len(frames)
        entries.update({entry["name"]: entry for entry in after})
    content = {
        "format": POSES_FORMAT,
        "version": POSES_VERSION,
        "conventions": {**CONVENTIONS, "smoothed": MEANING},
        "smoothing_width": width,
        "poses": [entry_in_file(entries[sample.name], output_dir) for sample in samples if sample.name in entries],
    }
    write_text(output_dir / SMOOTHED_NAME, json_text(content) + "\n")
    return SmoothedPoses(changed, len(entries) - changed)


def _smooth_entries(
    frames: Sequence[Sample], entries: Sequence[Entry], mesh: TexturedMesh, width: float, greatest_step: float
) -> list[Entry]:
    center = mesh.center.numpy()
    before = _trajectory(frames, entries, center)
    after = smooth_trajectory(before, width, greatest_step)
    turns = (Rotation.from_matrix(after.rotation) * Rotation.from_matrix(before.rotation).inv()).magnitude()
    result = []
    for index, entry in enumerate(entries):
        pose = np.eye(4)
        pose[:3, :3] = after.rotation[index]
        pose[:3, 3] = after.center[index] - after.rotation[index] @ center
        zoom = math.exp(after.log_focal[index] - before.log_focal[index])
        smoothing = {
            "rotation_deg": math.degrees(turns[index]),
            "translation": (after.center[index] - before.center[index]).tolist(),
        }
        result.append({**entry_with_pose(entry, pose.tolist(), zoom, mesh.center), "smoothing": smoothing})
    return result


def _trajectory(frames: Sequence[Sample], entries: Sequence[Entry], center: Float[np.ndarray, "3"]) -> Trajectory:
    pose = np.array([entry["world_to_camera"] for entry in entries])
    unknown: Entry = {"rotation_deg": 0.0, "translation": [0.0, 0.0, 0.0], "focal_share": 0.0}
    deviations: list[Entry] = [entry.get("uncertainty") or unknown for entry in entries]
    return Trajectory(
        position=_positions(frames),
        rotation=pose[:, :3, :3],
        center=pose[:, :3, :3] @ center + pose[:, :3, 3],
        log_focal=np.log(np.array([entry["fx"] for entry in entries], dtype=float)),
        rotation_deviation=np.radians([deviation["rotation_deg"] for deviation in deviations]),
        center_deviation=np.array([deviation["translation"] for deviation in deviations]),
        log_focal_deviation=np.array([deviation["focal_share"] for deviation in deviations]),
    )


def _positions(frames: Sequence[Sample]) -> Float[np.ndarray, " N"]:
    """The numbers in the images' names over their usual interval; the order where they have none or it is another."""
    numbers = [place_in_time(sample) for sample in frames]
    known = np.array([number for number in numbers if number is not None])
    intervals = np.diff(known)
    if len(known) < len(frames) or (intervals <= 0).any():
        return np.arange(len(frames), dtype=float)
    return known / np.median(intervals)
