"""An estimate as plain values, and in three lines for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera, camera_values, finite_or_none, orbit_of, orbit_values
from camera_estimation.losses import objective_name

if TYPE_CHECKING:
    from camera_estimation.estimation.keypoint_agreement import KeypointAgreement


CameraEstimate = Any  # of result.py, whose methods these are: a circle of imports


def estimate_values(estimate: CameraEstimate, center: Float[Tensor, "3"] | None) -> dict[str, Any]:
    """What poses.json says of an estimate itself, see ``CameraEstimate.to_dict``."""
    uncertainty = estimate.uncertainty
    return {
        **camera_values(estimate.camera),
        "distortion": _distortion_values(estimate),
        "focal": _focal_values(estimate),
        **_orbit_of(estimate.camera, center),
        "loss_type": objective_name(estimate.config.loss),
        "loss": finite_or_none(estimate.loss),
        "silhouette_iou": finite_or_none(estimate.silhouette_iou),
        "confidence": estimate.confidence,
        "verdict": estimate.verdict.word,
        "reason": estimate.verdict.reason,
        "uncertainty": {
            "rotation_deg": math.degrees(uncertainty.rotation),
            "translation": list(uncertainty.translation),
            "focal_share": uncertainty.log_focal,
        },
        "ambiguous": estimate.ambiguous,
        "occluded": estimate.occluded,
        "mask": "given" if estimate.mask is None else estimate.mask_kind or "estimated",
        "keypoints": _keypoint_values(estimate.keypoints),
        "depth_difference": estimate.depth_difference,
        "deformation": estimate.deformation,
        "alternatives": [
            {
                **camera_values(other.camera),
                **_orbit_of(other.camera, center),
                "loss": finite_or_none(other.loss),
                "silhouette_iou": finite_or_none(other.silhouette_iou),
                "angle_deg": math.degrees(other.angle),
                "evidence": other.evidence,
            }
            for other in estimate.alternatives
        ],
        "diagnosis": _plain_measures(estimate.measures),
        "seconds": {stage: float(value) for stage, value in estimate.seconds.items()},
    }


def describe_estimate(estimate: CameraEstimate) -> str:
    """Three lines: the picture and its intrinsics, where the camera is, and how sure that is."""
    camera = estimate.camera
    (fx, fy), (cx, cy) = camera.focal[0].tolist(), camera.principal_point[0].tolist()
    place = ", ".join(f"{value:.4g}" for value in camera.center[0].tolist())
    axis = ", ".join(f"{value:.3f}" for value in camera.rotation[0, 2].tolist())
    source = "estimated" if estimate.focal_estimated else estimate.focal_source
    fov = f"vertical field of view {math.degrees(float(camera.fov)):.1f} degrees ({source})"
    distorted = "" if estimate.window is None else f", {estimate.window.lens.distortion.model} distortion"
    others = len(estimate.alternatives)
    return (
        f"CameraEstimate of {camera.width} x {camera.height} pixels: "
        f"fx {fx:.1f}, fy {fy:.1f}, cx {cx:.1f}, cy {cy:.1f}{distorted}\n"
        f"  at ({place}) looking along ({axis}), {fov}\n"
        f"  confidence {estimate.confidence:.2f} ({estimate.verdict.word}), {objective_name(estimate.config.loss)} "
        f"{estimate.loss:.4g}, silhouette IoU {estimate.silhouette_iou:.3f}, "
        f"{others} {'alternative' if others == 1 else 'alternatives'}"
    )


def _orbit_of(camera: Camera, center: Float[Tensor, "3"] | None) -> dict[str, Any]:
    return {} if center is None else {"orbit": orbit_values(orbit_of(camera, center))}


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
