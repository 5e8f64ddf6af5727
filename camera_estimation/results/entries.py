"""One estimate as plain values: what poses.json, poses.csv and camera.json hold of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import camera_values, orbit_of, orbit_values
from camera_estimation.results.plain_values import camera_of

if TYPE_CHECKING:
    from camera_estimation.dataset import Sample
    from camera_estimation.estimation import CameraEstimate
    from camera_estimation.mesh import TexturedMesh

# A failed sample has null for all of these.
RESULT_KEYS = (
    "width",
    "height",
    "fx",
    "fy",
    "cx",
    "cy",
    "world_to_camera",
    "distortion",
    "focal",
    "orbit",
    "loss_type",
    "loss",
    "silhouette_iou",
    "confidence",
    "verdict",
    "reason",
    "start",
    "uncertainty",
    "ambiguous",
    "occluded",
    "mask",
    "keypoints",
    "depth_difference",
    "deformation",
    "alternatives",
    "diagnosis",
    "seconds",
    "inputs",
)


def pose_entry(
    sample: Sample,
    estimate: CameraEstimate,
    mesh: TexturedMesh,
    loading_seconds: float | None = None,
    start: str = "search",
    inputs: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What poses.json says of a finished sample.

    Args:
        sample: Its files.
        estimate: Its result.
        mesh: That the estimate is of.
        loading_seconds: Are listed before the estimate's own times.
        start: Where the pose was looked for, see ``CONVENTIONS``.
        inputs: Fingerprint of what it was made from, by which a later run tells whether that has changed; None: that
            is not told.

    Raises:
        ValueError: The camera is not finite.
    """
    values = estimate.to_dict(mesh.center)
    loading = {} if loading_seconds is None else {"loading": loading_seconds}
    values = {**values, "start": start, "seconds": {**loading, **values["seconds"]}, "inputs": inputs}
    return {**_heading(sample, "ok", None), **{key: values[key] for key in RESULT_KEYS}}


def entry_with_pose(
    entry: dict[str, Any], world_to_camera: list[list[float]], zoom: float, center: Float[Tensor, "3"]
) -> dict[str, Any]:
    """The entry of a finished sample with another pose, and null for what was measured at its own.

    Args:
        entry: Of the sample.
        world_to_camera: The other pose, 4x4.
        zoom: The factor by which the focal length is another.
        center: Of the mesh, in world coordinates.
    """
    kept = {key: entry.get(key) for key in ("width", "height", "cx", "cy", "distortion", "loss_type")}
    focal = {key: zoom * entry[key] for key in ("fx", "fy")}
    camera = camera_of({**entry, **focal, "world_to_camera": world_to_camera})
    return {
        **entry,
        **dict.fromkeys(RESULT_KEYS),
        **kept,
        **camera_values(camera),
        "orbit": orbit_values(orbit_of(camera, center)),
    }


def failure_entry(sample: Sample, error: str) -> dict[str, Any]:
    """What poses.json says of a sample without a result; ``error`` is why, in one line."""
    return {**_heading(sample, "failed", error), **dict.fromkeys(RESULT_KEYS)}


def _heading(sample: Sample, status: str, error: str | None) -> dict[str, Any]:
    return {
        "name": sample.name,
        "mesh": sample.mesh_path.as_posix(),
        "image": sample.image_path.as_posix(),
        "object": sample.mark.values(),
        "frame": None if sample.frame is None else sample.frame.number,
        "time_s": None if sample.frame is None else sample.frame.time,
        "status": status,
        "error": error,
    }
