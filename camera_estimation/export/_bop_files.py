"""BOP's files of poses: what they hold, from cameras and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from camera_estimation.dataset import BOP_RESULT_COLUMNS
from camera_estimation.export._bop_ids import BopIds
from camera_estimation.export._camera_arrays import camera_matrix
from camera_estimation.export.exporter import PosedImage
from camera_estimation.io import csv_text
from camera_estimation.mesh import TexturedMesh

NO_TIME = -1.0  # of an image whose time is not known, as BOP has it
LOADING = "loading"  # of files, which BOP's time is without
MOST_CORNERS = 4000  # of which every pair is measured


def pose_values(image: PosedImage, unit: float) -> tuple[list[float], list[float]]:
    """R, row by row, and t in millimeters, from the model's coordinates to the camera's."""
    camera = image.camera
    return camera.rotation[0].double().flatten().tolist(), (unit * camera.translation[0].double()).tolist()


def results_text(images: Sequence[PosedImage], ids: Sequence[BopIds]) -> str:
    """The CSV of results: the score is the confidence, the time that of all that was estimated in the image."""
    seconds: dict[tuple[int, int], float | None] = {}
    for image, number in zip(images, ids, strict=True):
        key, spent = (number.scene, number.image), _spent_seconds(image)
        before = seconds.get(key, 0.0)
        seconds[key] = None if before is None or spent is None else before + spent
    rows = []
    for image, number in zip(images, ids, strict=True):
        rotation, translation = pose_values(image, number.unit)
        time = seconds[number.scene, number.image]
        rows.append(
            [
                *(number.scene, number.image, number.object, image.entry.get("confidence") or 0.0),
                *(" ".join(map(repr, values)) for values in (rotation, translation)),
                NO_TIME if time is None else time,
            ]
        )
    return csv_text([BOP_RESULT_COLUMNS, *rows])


def scene_trees(
    images: Sequence[PosedImage], ids: Sequence[BopIds], scene: int, tell: Callable[[str], None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What scene_camera.json and scene_gt.json of a scene hold, images in the order of their numbers.

    Args:
        images: Of all scenes.
        ids: Of each.
        scene: Which one.
        tell: Is told of samples that are left out.
    """
    cameras: dict[int, dict[str, Any]] = {}
    poses: dict[int, list[dict[str, Any]]] = {}
    for image, number in zip(images, ids, strict=True):
        if number.scene != scene:
            continue
        size = {"width": image.camera.width, "height": image.camera.height}
        own = {"cam_K": camera_matrix(image, first_center=0.0).flatten().tolist(), "depth_scale": 1.0, **size}
        if cameras.setdefault(number.image, own) != own:
            tell(
                f"{image.name}: left out of scene_gt.json, which has one cam_K an image, for its focal length was "
                "estimated otherwise than that of another object in the image; give --intrinsics"
            )
            continue
        rotation, translation = pose_values(image, number.unit)
        pose = {"cam_R_m2c": rotation, "cam_t_m2c": translation, "obj_id": number.object}
        poses.setdefault(number.image, []).append(pose)
    trees = [{str(key): tree[key] for key in sorted(tree)} for tree in (cameras, poses)]
    return trees[0], trees[1]


def model_values(mesh: TexturedMesh, unit: float) -> dict[str, float]:
    """What models_info.json says of a mesh, in millimeters."""
    vertices = unit * (mesh.center.double() + mesh.radius * mesh.vertices.double()).cpu().numpy()
    low, size = vertices.min(0), np.ptp(vertices, axis=0)
    values = {"diameter": _diameter(vertices)}
    values |= {f"min_{axis}": float(value) for axis, value in zip("xyz", low, strict=True)}
    return values | {f"size_{axis}": float(value) for axis, value in zip("xyz", size, strict=True)}


def _diameter(vertices: Float[np.ndarray, "V 3"]) -> float:
    """The greatest distance between two vertices."""
    from scipy.spatial.distance import pdist

    return float(pdist(_outermost(vertices)).max())


def _outermost(vertices: Float[np.ndarray, "V 3"]) -> Float[np.ndarray, "M 3"]:
    """Vertices among which the two are that are farthest apart: corners of the convex hull. Of very many, as a
    dense ball has, those that are farthest out in many directions: the diameter is shorter by a thousandth at most."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        corners = vertices[ConvexHull(vertices).vertices]
    except QhullError:  # they lie in a plane
        corners = vertices
    if len(corners) <= MOST_CORNERS:
        return corners
    number = np.arange(MOST_CORNERS) + 0.5
    height, turn = 1 - 2 * number / MOST_CORNERS, number * np.pi * (1 + np.sqrt(5))
    ring = np.sqrt(1 - height**2)
    directions = np.stack([ring * np.cos(turn), ring * np.sin(turn), height])
    return corners[np.unique((corners @ directions).argmax(0))]


def _spent_seconds(image: PosedImage) -> float | None:
    seconds = image.entry.get("seconds")
    return None if not seconds else float(sum(value for stage, value in seconds.items() if stage != LOADING))
