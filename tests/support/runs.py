"""Poses, ground truth and stages that the tests of the evaluation make themselves."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from camera_estimation.dataset.pairing import Sample
from camera_estimation.evaluation.judgment import JudgedRun, JudgedSample
from camera_estimation.evaluation.pose_errors.sample_errors import SampleErrors
from camera_estimation.evaluation.runs import Run
from camera_estimation.evaluation.symmetries.group import NONE
from camera_estimation.geometry.camera import Camera, make_camera
from camera_estimation.geometry.plain_cameras import camera_values
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.images.loading import load_source_image
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.results.entries import failure_entry, pose_entry
from camera_estimation.results.pose_file import PoseFile
from tests.support.small_samples import BOX_CENTER, BOX_SIZE, camera_around_box, estimate_of, write_box, write_disc

WIDTH, HEIGHT = 48, 40
BOX_DIAMETER = math.sqrt(sum(size**2 for size in BOX_SIZE))
TRUE = camera_around_box(WIDTH, HEIGHT)
BOX_CENTER_TENSOR = torch.tensor(BOX_CENTER, dtype=torch.float64)


def camera_of_pose(rotation_vector=(0.0, 0.0, 0.0), translation=(0.0, 0.0, 0.0), focal=100.0) -> Camera:
    pose = torch.eye(4, dtype=torch.float64)
    pose[:3, :3] = rotvec_to_rotmat(torch.tensor([rotation_vector], dtype=torch.float64))[0]
    pose[:3, 3] = torch.tensor(translation, dtype=torch.float64)
    intrinsics = torch.tensor([focal, focal, 50.0, 40.0], dtype=torch.float64)
    return make_camera(pose[None], intrinsics, 100, 80)


def turned(camera: Camera, angle_deg: float, axis=(0.0, 1.0, 0.0), center=BOX_CENTER_TENSOR) -> Camera:
    """The camera of an object that was turned about an axis (object coordinates) through ``center``."""
    vector = math.radians(angle_deg) * torch.nn.functional.normalize(torch.tensor([axis], dtype=torch.float64), dim=1)
    rotation = camera.rotation @ rotvec_to_rotmat(vector)
    shift = (camera.rotation - rotation) @ center
    return replace(camera, rotation=rotation, translation=camera.translation + shift)


def moved(camera: Camera, shift: tuple[float, float, float]) -> Camera:
    """The camera of an object that was moved along the camera's axes."""
    return replace(camera, translation=camera.translation + torch.tensor(shift, dtype=torch.float64))


def judged_sample(name: str, rotation_deg: float | None, share: float = 0.0, **changes: Any) -> JudgedSample:
    """One with these errors (diameter 2), or one without a pose."""
    entry = {"name": name, "mesh": "m.glb", "image": f"{name}.png", "status": "ok", "seconds": {"a": 1.0, "b": 0.5}}
    if rotation_deg is None:
        return JudgedSample({**entry, "status": "failed", "error": "broken", "seconds": None}, TRUE, NONE, None)
    lengths = dict.fromkeys(("translation", "add", "adds", "mssd"), 2 * share)
    errors = {"mspd": 1.0, "projection": 0.5, "silhouette_iou": 0.9, "diameter": 2.0, "image_width": 320}
    sample_errors = SampleErrors(**{"rotation_deg": rotation_deg, **lengths, **errors, **changes})
    return JudgedSample({**entry, "fx": TRUE.focal[0, 0].item()}, TRUE, NONE, sample_errors)


def judged_run(label: str, *samples: JudgedSample) -> JudgedRun:
    return JudgedRun(Run(label, Path(label, "poses.json"), tuple(sample.entry for sample in samples)), samples, ())


class Workplace:
    """A folder with boxes, images, ground truth and runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth = folder / "truth"

    def add_truth(self, name: str, camera: Camera = TRUE) -> Path:
        return write_json(self.truth / f"{name}.json", camera_values(camera))

    def add_run(self, label: str, cameras: dict[str, Camera | None]) -> Path:
        """A run's output; None for a sample that failed."""
        poses = PoseFile(self.folder / label, list(cameras))
        for name, camera in cameras.items():
            mesh = write_box(self.folder / "meshes" / f"{name}.glb")
            image = write_disc(self.folder / "images" / f"{name}.png", WIDTH, HEIGHT)
            sample = Sample(name, mesh, image)
            if camera is None:
                poses.record(failure_entry(sample, f"{image.name}: shows no object"))
            else:
                estimate = estimate_of(load_source_image(image), camera=camera)
                poses.record(pose_entry(sample, estimate, load_mesh(mesh)))
        return self.folder / label


def write_json(path: Path, tree: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(tree))
    return path


def write_stages(folder: Path, stages: dict[str, list[tuple[float, float, bool]]]) -> Path:
    """stages.json of candidates given as (rotation error in degrees, score, kept)."""
    tree = {
        "format": "camera-estimation/stages",
        "version": 1,
        "stages": [
            {
                "name": name,
                "candidates": [
                    {**camera_values(turned(TRUE, error)), "score": score, "kept": kept}
                    for error, score, kept in candidates
                ],
            }
            for name, candidates in stages.items()
        ],
    }
    return write_json(folder / "stages.json", tree)
