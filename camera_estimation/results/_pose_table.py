"""poses.csv: what poses.json says of a sample as one line of a table."""

from __future__ import annotations

from itertools import chain
from typing import Any

from camera_estimation.results.entry_paths import ABSOLUTE

MATRIX_COLUMNS = [f"m{row}{column}" for row in range(4) for column in range(4)]
SHIFT_COLUMNS = [f"translation_deviation_{axis}" for axis in "xyz"]
# New ones come last, for people read columns by their place too.
CSV_COLUMNS = [
    *("name", "mesh", "image", "frame", "time_s", "status", "error", "width", "height", "fx", "fy", "cx", "cy"),
    *("focal_source", "focal_prior", "fov_deg", "fov_deviation_deg"),
    *MATRIX_COLUMNS,
    *("yaw_deg", "pitch_deg", "radius", "look_at_x", "look_at_y", "look_at_z", "roll_deg"),
    *("loss_type", "loss", "silhouette_iou", "confidence", "verdict", "reason", "alternatives", "seconds"),
    *("start", "ambiguous", "occluded", "mask", "deformation"),
    *("rotation_deviation_deg", *SHIFT_COLUMNS, "focal_deviation_share"),
    *("keypoints", "keypoints_rejected", "keypoint_error", "depth_difference", "distortion"),
    *("object_mask", "object_instance", "object_box", "mesh_absolute", "image_absolute"),
]


def csv_row(entry: dict[str, Any]) -> list[Any]:
    """The values of one sample in the order of ``CSV_COLUMNS``, None for what there is none of.

    Args:
        entry: As a poses.json has it.
    """
    row = {column: entry.get(column) for column in CSV_COLUMNS}
    row.update(_object_cells(entry), keypoints=None, distortion=None)
    if entry["status"] == "ok":
        row.update(_camera_cells(entry))
        row.update(_judgment_cells(entry))
    return [row[column] for column in CSV_COLUMNS]


def _camera_cells(entry: dict[str, Any]) -> dict[str, Any]:
    orbit = dict(entry["orbit"])
    look_at = orbit.pop("look_at")
    focal = entry.get("focal") or {}  # entries of earlier versions, and of smoothed poses, have none
    return {
        "focal_source": focal.get("source"),
        "focal_prior": focal.get("prior"),
        "fov_deg": focal.get("fov_deg"),
        "fov_deviation_deg": focal.get("fov_deviation_deg"),
        **dict(zip(MATRIX_COLUMNS, chain(*entry["world_to_camera"]), strict=True)),
        **orbit,
        **dict(zip(("look_at_x", "look_at_y", "look_at_z"), look_at, strict=True)),
        "distortion": _distortion_text(entry.get("distortion")),
    }


def _judgment_cells(entry: dict[str, Any]) -> dict[str, Any]:
    deviations = entry.get("uncertainty") or {}
    keypoints = entry.get("keypoints") or {}
    rejected = keypoints.get("rejected")
    return {
        "alternatives": len(entry["alternatives"]),
        "seconds": sum(entry["seconds"].values()),
        "rotation_deviation_deg": deviations.get("rotation_deg"),
        **dict(zip(SHIFT_COLUMNS, deviations.get("translation") or (None,) * 3, strict=True)),
        "focal_deviation_share": deviations.get("focal_share"),
        "keypoints": None if rejected is None else len(rejected),
        "keypoints_rejected": None if rejected is None else sum(rejected),
        "keypoint_error": keypoints.get("mean_error"),
    }


def _object_cells(entry: dict[str, Any]) -> dict[str, Any]:
    mark, absolute = entry.get("object") or {}, entry.get(ABSOLUTE) or {}
    box = mark.get("box")
    return {
        "object_mask": mark.get("mask"),
        "object_instance": mark.get("instance"),
        "object_box": None if box is None else " ".join(f"{side:g}" for side in box),
        "mesh_absolute": absolute.get("mesh"),
        "image_absolute": absolute.get("image"),
    }


def _distortion_text(distortion: dict[str, Any] | None) -> str | None:
    """As ``opencv k1=-0.2 k2=0.05``."""
    if not distortion:
        return None
    return " ".join(f"{key}={value!r}" if key != "model" else value for key, value in distortion.items())
