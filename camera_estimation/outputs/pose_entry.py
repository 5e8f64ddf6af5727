"""One estimate as plain values: what poses.json, poses.csv and camera.json hold of it."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any

import torch

from camera_estimation.camera import Camera, Orbit, make_camera, orbit_of

if TYPE_CHECKING:
    from camera_estimation.batch.pairing import Sample
    from camera_estimation.estimate import CameraEstimate
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
    "alternatives": "other poses that the search found for the same image, best first",
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
    "alternatives",
    "seconds",
)


def pose_entry(
    sample: Sample, estimate: CameraEstimate, mesh: TexturedMesh, loading_seconds: float | None = None
) -> dict[str, Any]:
    """The entry of a finished sample. Raises ValueError if the camera is not finite."""
    seconds = dict(estimate.seconds) if loading_seconds is None else {"loading": loading_seconds, **estimate.seconds}
    return {
        **_heading(sample, "ok", None),
        **camera_values(estimate.camera),
        "orbit": _orbit_values(orbit_of(estimate.camera, mesh.centre)),
        "loss_type": estimate.config.loss.name,
        "loss": _finite_or_none(estimate.loss),
        "silhouette_iou": _finite_or_none(estimate.silhouette_iou),
        "alternatives": [
            {
                **camera_values(other.camera),
                "orbit": _orbit_values(orbit_of(other.camera, mesh.centre)),
                "loss": _finite_or_none(other.loss),
                "silhouette_iou": _finite_or_none(other.silhouette_iou),
            }
            for other in estimate.alternatives
        ],
        "seconds": {stage: float(value) for stage, value in seconds.items()},
    }


def failed_entry(sample: Sample, error: str) -> dict[str, Any]:
    """The entry of a sample without a result."""
    return {**_heading(sample, "failed", error), **dict.fromkeys(RESULT_KEYS)}


def crop_values(estimate: CameraEstimate) -> dict[str, Any]:
    """The window that the estimate worked on, in pixels of the full image, and the camera of that window."""
    left, top, width, height = (float(value) for value in estimate.crop)
    window = {"left": left, "top": top, "width": width, "height": height}
    return {"window": window, **camera_values(estimate.crop_camera)}


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
