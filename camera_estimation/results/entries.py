"""One estimate as plain values: what poses.json, poses.csv and camera.json hold of it."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera, Orbit, make_camera, orbit_of
from camera_estimation.losses import objective_name

if TYPE_CHECKING:
    from camera_estimation.dataset import Sample
    from camera_estimation.estimation import CameraEstimate, KeypointAgreement
    from camera_estimation.mesh import TexturedMesh

CONVENTIONS = {
    "world": "the GLB scene as glTF defines it: right-handed, +Y up, every node transform applied, in the file's units",
    "camera_axes": "OpenCV: x right, y down, z forward",
    "world_to_camera": "4x4, a list of rows: X_camera = R @ X_world + t",
    "pixels": "of the full image, upright (EXIF orientation applied): u = fx * x / z + cx, v = fy * y / z + cy; "
    "the origin is the top left corner and the centre of the first pixel is (0.5, 0.5)",
    "orbit": "in a +Z-up frame, where glTF's (x, y, z) is (x, -z, y): camera centre = look_at + radius * "
    "(sin(yaw) cos(pitch), cos(yaw) cos(pitch), sin(pitch)); look_at is the point of the optical axis nearest to the "
    "mesh's centre; roll turns the picture clockwise",
    "angles": "degrees",
    "loss": "value of the objective named in loss_type at this camera; lower is better",
    "silhouette_iou": "overlap of the render's silhouette with the image's mask, 1 is perfect",
    "start": "where the pose was looked for: search, everywhere; neighbour, near the poses of the frames before it and "
    "a few candidates of the search; init, near the pose that was given, which explained the image; resume, from "
    "the pose that was given alone; random, from random poses: the best of what these led to",
    "uncertainty": "standard deviations: rotation_deg of the angle of rotation, translation of the position of the "
    "mesh's centre along the camera's x, y, z in the file's units, focal_share of the focal length as a share of it "
    "(0: it was given)",
    "ambiguous": "true if a pose that differs by more than 10 degrees explains the image as well, as far as one "
    "can tell",
    "occluded": "true if a part of the object counted as hidden by something else",
    "mask": "given with the image; or estimated, found with the pose in an image without one",
    "deformation": "root-mean-square displacement of the mesh's surface that was found with the pose, as a share of "
    "its radius; 0: the mesh as it is",
    "alternatives": "other poses that the search found for the same image, best first; angle_deg is by how much the "
    "rotation differs, evidence how surely the answer explains the image better, in standard deviations",
    "seconds": "wall time of each stage",
}
# A failed sample has null for all of these.
RESULT_KEYS = (
    "width",
    "height",
    "fx",
    "fy",
    "cx",
    "cy",
    "world_to_camera",
    "orbit",
    "loss_type",
    "loss",
    "silhouette_iou",
    "start",
    "uncertainty",
    "ambiguous",
    "occluded",
    "mask",
    "keypoints",
    "depth_difference",
    "deformation",
    "alternatives",
    "seconds",
)


def pose_entry(
    sample: Sample,
    estimate: CameraEstimate,
    mesh: TexturedMesh,
    loading_seconds: float | None = None,
    start: str = "search",
) -> dict[str, Any]:
    """The entry of a finished sample. Raises ValueError if the camera is not finite."""
    seconds = dict(estimate.seconds) if loading_seconds is None else {"loading": loading_seconds, **estimate.seconds}
    return {
        **_heading(sample, "ok", None),
        **camera_values(estimate.camera),
        "orbit": _orbit_values(orbit_of(estimate.camera, mesh.center)),
        "loss_type": objective_name(estimate.config.loss),
        "loss": _finite_or_none(estimate.loss),
        "silhouette_iou": _finite_or_none(estimate.silhouette_iou),
        "start": start,
        "uncertainty": {
            "rotation_deg": math.degrees(estimate.uncertainty.rotation),
            "translation": list(estimate.uncertainty.translation),
            "focal_share": estimate.uncertainty.log_focal,
        },
        "ambiguous": estimate.ambiguous,
        "occluded": estimate.occluded,
        "mask": "given" if estimate.mask is None else "estimated",
        "keypoints": _keypoint_values(estimate.keypoints),
        "depth_difference": estimate.depth_difference,
        "deformation": estimate.deformation,
        "alternatives": [
            {
                **camera_values(other.camera),
                "orbit": _orbit_values(orbit_of(other.camera, mesh.center)),
                "loss": _finite_or_none(other.loss),
                "silhouette_iou": _finite_or_none(other.silhouette_iou),
                "angle_deg": math.degrees(other.angle),
                "evidence": other.evidence,
            }
            for other in estimate.alternatives
        ],
        "seconds": {stage: float(value) for stage, value in seconds.items()},
    }


def entry_with_pose(
    entry: dict[str, Any], world_to_camera: list[list[float]], zoom: float, center: Float[Tensor, "3"]
) -> dict[str, Any]:
    """The entry of a finished sample with another pose and ``zoom`` times its focal length, and null for what was
    measured at its own. ``center`` is that of the mesh (world)."""
    kept = {key: entry[key] for key in ("width", "height", "cx", "cy", "loss_type")}
    focal = {key: zoom * entry[key] for key in ("fx", "fy")}
    camera = camera_of({**entry, **focal, "world_to_camera": world_to_camera})
    return {
        **entry,
        **dict.fromkeys(RESULT_KEYS),
        **kept,
        **camera_values(camera),
        "orbit": _orbit_values(orbit_of(camera, center)),
    }


def failure_entry(sample: Sample, error: str) -> dict[str, Any]:
    """The entry of a sample without a result."""
    return {**_heading(sample, "failed", error), **dict.fromkeys(RESULT_KEYS)}


def crop_values(estimate: CameraEstimate) -> dict[str, Any]:
    """The window that the estimate worked on, in pixels of the full image, and the camera of that window."""
    left, top, width, height = (float(value) for value in estimate.crop)
    window = {"left": left, "top": top, "width": width, "height": height}
    return {"window": window, **camera_values(estimate.crop_camera)}


def stages_record(estimate: CameraEstimate) -> dict[str, Any]:
    """The cameras after every stage, with their scores, for questions about where a pose was lost."""
    return {
        "format": "camera-estimation/stages",
        "version": 1,
        "conventions": "score: lower is better, null for a camera that was given; kept: goes on to the next stage",
        "stages": [
            {
                "name": stage.name,
                "candidates": [
                    {
                        **camera_values(stage.camera[index : index + 1]),
                        "score": _finite_or_none(score),
                        "kept": index in stage.kept,
                    }
                    for index, score in enumerate(stage.score.tolist())
                ],
            }
            for stage in estimate.stages
        ],
    }


def camera_values(camera: Camera) -> dict[str, Any]:
    """Size, intrinsics and pose of one camera. Raises ValueError if they are not finite."""
    intrinsics = [*camera.focal[0].tolist(), *camera.principal_point[0].tolist()]
    matrix = camera.world_to_camera[0].tolist()
    if not all(math.isfinite(value) for value in chain(intrinsics, *matrix)):
        raise ValueError("the estimated camera is not finite")
    return {
        "width": camera.width,
        "height": camera.height,
        **dict(zip(("fx", "fy", "cx", "cy"), intrinsics, strict=True)),
        "world_to_camera": matrix,
    }


def camera_of(entry: dict[str, Any]) -> Camera:
    """The camera that an entry describes, in double precision."""
    pose = torch.tensor(entry["world_to_camera"], dtype=torch.float64)
    intrinsics = torch.tensor([entry[key] for key in ("fx", "fy", "cx", "cy")], dtype=torch.float64)
    return make_camera(pose[None], intrinsics, entry["width"], entry["height"])


def _keypoint_values(agreement: KeypointAgreement | None) -> dict[str, Any] | None:
    """In the order of the image's file; errors in pixels of the full image, null behind the camera."""
    if agreement is None:
        return None
    followed = agreement.error[~agreement.rejected]
    return {
        "error": [_finite_or_none(error) for error in agreement.error.tolist()],
        "mean_error": float(followed.mean()) if len(followed) else None,
        "rejected": agreement.rejected.tolist(),
        "hidden": agreement.hidden.tolist(),
    }


def _heading(sample: Sample, status: str, error: str | None) -> dict[str, Any]:
    return {
        "name": sample.name,
        "mesh": sample.mesh_path.as_posix(),
        "image": sample.image_path.as_posix(),
        "status": status,
        "error": error,
    }


def _orbit_values(orbit: Orbit) -> dict[str, Any]:
    return {
        "yaw_deg": math.degrees(orbit.yaw),
        "pitch_deg": math.degrees(orbit.pitch),
        "radius": orbit.radius,
        "look_at": list(orbit.look_at),
        "roll_deg": math.degrees(orbit.roll),
    }


def _finite_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
