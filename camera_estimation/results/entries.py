"""One estimate as plain values: what poses.json, poses.csv and camera.json hold of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import orbit_of
from camera_estimation.losses import objective_name
from camera_estimation.results.plain_values import camera_of, camera_values, finite_or_none, orbit_values

if TYPE_CHECKING:
    from camera_estimation.dataset import Sample
    from camera_estimation.estimation import CameraEstimate, KeypointAgreement
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
)


def pose_entry(
    sample: Sample,
    estimate: CameraEstimate,
    mesh: TexturedMesh,
    loading_seconds: float | None = None,
    start: str = "search",
) -> dict[str, Any]:
    """What poses.json says of a finished sample.

    Args:
        sample: Its files.
        estimate: Its result.
        mesh: That the estimate is of.
        loading_seconds: Are listed before the estimate's own times.
        start: Where the pose was looked for, see ``CONVENTIONS``.

    Raises:
        ValueError: The camera is not finite.
    """
    seconds = dict(estimate.seconds) if loading_seconds is None else {"loading": loading_seconds, **estimate.seconds}
    return {
        **_heading(sample, "ok", None),
        **camera_values(estimate.camera),
        "distortion": _distortion_values(estimate),
        "focal": _focal_values(estimate),
        "orbit": orbit_values(orbit_of(estimate.camera, mesh.center)),
        "loss_type": objective_name(estimate.config.loss),
        "loss": finite_or_none(estimate.loss),
        "silhouette_iou": finite_or_none(estimate.silhouette_iou),
        "confidence": estimate.confidence,
        "verdict": estimate.verdict.word,
        "reason": estimate.verdict.reason,
        "start": start,
        "uncertainty": {
            "rotation_deg": math.degrees(estimate.uncertainty.rotation),
            "translation": list(estimate.uncertainty.translation),
            "focal_share": estimate.uncertainty.log_focal,
        },
        "ambiguous": estimate.ambiguous,
        "occluded": estimate.occluded,
        "mask": _mask_word(estimate),
        "keypoints": _keypoint_values(estimate.keypoints),
        "depth_difference": estimate.depth_difference,
        "deformation": estimate.deformation,
        "alternatives": [
            {
                **camera_values(other.camera),
                "orbit": orbit_values(orbit_of(other.camera, mesh.center)),
                "loss": finite_or_none(other.loss),
                "silhouette_iou": finite_or_none(other.silhouette_iou),
                "angle_deg": math.degrees(other.angle),
                "evidence": other.evidence,
            }
            for other in estimate.alternatives
        ],
        "diagnosis": _plain_measures(estimate.measures),
        "seconds": {stage: float(value) for stage, value in seconds.items()},
    }


def _mask_word(estimate: CameraEstimate) -> str:
    if estimate.mask is None:
        return "given"
    return estimate.mask_kind or "estimated"


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


def _focal_values(estimate: CameraEstimate) -> dict[str, Any]:
    return {
        "source": "estimated" if estimate.focal_estimated else estimate.focal_source,
        "prior": estimate.focal_source if estimate.focal_estimated else None,
        "fov_deg": math.degrees(float(estimate.camera.fov)),
        "fov_deviation_deg": math.degrees(estimate.fov_deviation),
    }


def _distortion_values(estimate: CameraEstimate) -> dict[str, Any] | None:
    if estimate.window is None:
        return None
    distortion = estimate.window.lens.distortion
    return {"model": distortion.model, **distortion.named_coefficients}


def _keypoint_values(agreement: KeypointAgreement | None) -> dict[str, Any] | None:
    """In the order of the image's file; errors in pixels of the full image, null behind the camera."""
    if agreement is None:
        return None
    followed = agreement.error[~agreement.rejected]
    return {
        "error": [finite_or_none(error) for error in agreement.error.tolist()],
        "mean_error": float(followed.mean()) if len(followed) else None,
        "rejected": agreement.rejected.tolist(),
        "hidden": agreement.hidden.tolist(),
    }


def _plain_measures(measures: dict[str, float | str | None]) -> dict[str, float | str | None]:
    return {name: value if isinstance(value, str) else finite_or_none(value) for name, value in measures.items()}


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
