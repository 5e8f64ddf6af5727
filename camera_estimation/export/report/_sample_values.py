"""What the page says of a sample: its entry of poses.json, and what of it is worth a warning, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Entry = Mapping[str, Any]

KEPT = (
    *("name", "mesh", "image", "object", "frame", "time_s", "status", "width", "height", "fx", "fy", "cx", "cy"),
    *("world_to_camera", "distortion", "focal", "orbit", "loss_type", "loss", "silhouette_iou", "confidence"),
    *("verdict", "reason", "start", "uncertainty", "ambiguous", "occluded", "mask", "depth_difference"),
    *("deformation", "seconds"),
)
KEPT_OF_ALTERNATIVES = (
    *("width", "height", "fx", "fy", "cx", "cy", "world_to_camera", "orbit", "loss", "silhouette_iou"),
    *("angle_deg", "evidence"),
)
DIGITS = 7  # of numbers in the page; camera.json has all
INTERNAL = "internal error"
MASK_WARNINGS = {
    "estimated": "The image has no mask: the object's outline was found with the pose. A mask makes the pose surer.",
    "inverted": "The mask looked inverted, and was turned round.",
    "without shadow": "A shadow was left out of the mask.",
    "alpha": "The alpha channel was taken as the mask, as it explains the mesh better.",
}


def sample_values(entry: Entry) -> dict[str, Any]:
    """The entry as the page has it; numbers have ``DIGITS`` digits."""
    values = {key: _round(entry.get(key)) for key in KEPT if entry.get(key) is not None}
    if entry["status"] != "ok":
        values["error"], values["remedy"] = split_failure(entry.get("error") or "")
        return values
    alternatives = entry.get("alternatives") or ()
    values["alternatives"] = [{key: _round(other.get(key)) for key in KEPT_OF_ALTERNATIVES} for other in alternatives]
    values["warnings"] = warnings_of(entry)
    keypoints = entry.get("keypoints")
    if keypoints:
        values["keypoints"] = {
            "count": len(keypoints["error"]),
            "rejected": sum(keypoints["rejected"]),
            "mean_error": _round(keypoints["mean_error"]),
        }
    return values


def split_failure(error: str) -> tuple[str, str]:
    """Why a sample failed, and what to do about it: messages have both, set off by a semicolon."""
    if error.startswith(INTERNAL):
        return error, "estimate it again with --verbose, which shows where it happened, and report that"
    reason, _, remedy = error.partition("; ")
    return reason, remedy or "mend that and estimate it again"


def warnings_of(entry: Entry) -> list[str]:
    """Sentences about what makes an estimate less than it could be, and what to do about it."""
    keypoints, focal = entry.get("keypoints") or {}, entry.get("focal") or {}
    bend, rejected = entry.get("deformation") or 0.0, sum(keypoints.get("rejected") or ())
    warnings = [
        (entry.get("ambiguous"), "Another pose explains the picture as well, as far as one can tell: see below."),
        (entry.get("occluded"), "A part of the object counted as hidden by something else."),
        (
            bend > 0,
            f"The mesh had to be bent to fit (by {bend:.1%} of its radius): the render shows it as it is, so outlines "
            "differ where it is bent.",
        ),
        (entry.get("mask") in MASK_WARNINGS, MASK_WARNINGS.get(entry.get("mask") or "", "")),
        (
            focal.get("source") == "assumed",
            "The field of view is assumed: give --intrinsics or --fov_deg if you know it, for the distance follows it.",
        ),
        (rejected, f"{rejected} of {len(keypoints.get('error') or ())} keypoints contradict the pose."),
    ]
    return [text for applies, text in warnings if applies]


def _round(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _round(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_round(item) for item in value]
    return value
