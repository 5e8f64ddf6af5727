"""Estimates of runs with ground truth, as what the confidence is fitted to."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from camera_estimation.estimation import RIGHT_PROJECTION, RIGHT_ROTATION_DEG, features_of
from camera_estimation.evaluation import EvaluatedMesh, GroundTruth, MeshCache, load_ground_truth, sample_errors_of
from camera_estimation.geometry import Camera
from camera_estimation.results import camera_of, read_poses

WRONG = "wrong"  # instead of a ground truth: no pose can be right


@dataclass(frozen=True)
class Example:
    """One estimate of a run.

    Attributes:
        run: Its name.
        name: Of the sample.
        mesh: What examples of one object have in common.
        features: In the order of ``CONFIDENCE_FEATURES``.
        rotation_right: Whether the rotation is within ``RIGHT_ROTATION_DEG``.
        right: Whether the projection is too, within ``RIGHT_PROJECTION``.
    """

    run: str
    name: str
    mesh: str
    features: Float[np.ndarray, " F"]
    rotation_right: bool
    right: bool


def load_examples(table: Path) -> list[Example]:
    """The estimates of all runs that a table of sets lists."""
    meshes = MeshCache(None)
    examples: list[Example] = []
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if (table.parent / row["name"] / "poses.json").is_file():
                examples.extend(_examples_of_run(table.parent / row["name"], row["truth"], meshes))
    return examples


def _examples_of_run(folder: Path, truth: str, meshes: MeshCache) -> Iterator[Example]:
    true_camera = None if truth == WRONG else load_ground_truth(Path(truth))
    for entry in read_poses(folder):
        if entry["status"] != "ok":
            continue
        judged = (False, False) if true_camera is None else judge(entry, true_camera, meshes)
        if judged is not None:
            values = np.array(list(features_of(entry["diagnosis"]).values()))
            mesh = Path(entry["mesh"]).stem.removesuffix("_gen")
            yield Example(folder.name, entry["name"], mesh, values, *judged)


def judge(entry: dict[str, Any], truth: GroundTruth, meshes: MeshCache) -> tuple[bool, bool] | None:
    """Whether an estimate's rotation is right, and whether all of it is; None where the truth is not known."""
    true = truth(entry)
    if true is None:
        return None
    mesh = meshes(entry)
    errors = sample_errors_of(camera_of(entry), true, mesh)
    rotation_right = errors.rotation_deg <= RIGHT_ROTATION_DEG
    return rotation_right, rotation_right and errors.projection <= RIGHT_PROJECTION * size_in_image(true, mesh)


def size_in_image(camera: Camera, mesh: EvaluatedMesh) -> float:
    """The object's diameter in pixels, at the distance of its center."""
    center = (camera.rotation[0] @ mesh.center + camera.translation[0])[2]
    return float(mesh.diameter * camera.focal[0].mean() / center)


def arrays_of(
    examples: Sequence[Example],
) -> tuple[Float[np.ndarray, "N F"], Bool[np.ndarray, " N"], Bool[np.ndarray, " N"]]:
    """Features, whether all is right, whether the rotation is."""
    return (
        np.stack([example.features for example in examples]),
        np.array([example.right for example in examples]),
        np.array([example.rotation_right for example in examples]),
    )
