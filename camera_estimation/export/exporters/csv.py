"""The exporter of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import csv_text, write_text

CSV_NAME = "cameras.csv"
# Of poses.json, as they are there.
ENTRY_COLUMNS = ("confidence", "verdict", "silhouette_iou", "loss", "start", "mask", "ambiguous", "occluded")


@exporter_registry.register("csv")
class CSVExporter(Exporter):
    """A row a camera, in the mesh's world and in degrees; positions and quaternions are of camera to world."""

    description = "cameras.csv: a row a camera with position, quaternion, angles, focal length, confidence"
    files = (CSV_NAME,)

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        rows = (_row(image, folder) for image in images)  # of which one is in memory
        first = next(rows)
        write_text(
            folder / CSV_NAME, csv_text(chain([list(first)], (list(row.values()) for row in chain([first], rows))))
        )
        return [folder / CSV_NAME]


def _row(image: PosedImage, folder: Path) -> dict[str, Any]:
    from scipy.spatial.transform import Rotation

    from camera_estimation.export._camera_arrays import camera_to_world, intrinsics
    from camera_estimation.export.pictures import path_between

    entry, pose = image.entry, camera_to_world(image)
    fx, fy, cx, cy = intrinsics(image)
    qx, qy, qz, qw = Rotation.from_matrix(pose[:3, :3]).as_quat(canonical=True).tolist()
    width, height = image.camera.width, image.camera.height
    return {
        "name": image.name,
        "mesh": path_between(image.mesh_path, folder),
        "image": path_between(image.image_path, folder),
        "frame": entry.get("frame"),
        "time_s": entry.get("time_s"),
        "width": width,
        "height": height,
        **{"fx": fx, "fy": fy, "cx": cx, "cy": cy},
        "fov_x_deg": math.degrees(2 * math.atan(width / (2 * fx))),
        "fov_y_deg": math.degrees(2 * math.atan(height / (2 * fy))),
        **_distortion_columns(image),
        **dict(zip(("center_x", "center_y", "center_z"), pose[:3, 3].tolist(), strict=True)),
        **{"qw": qw, "qx": qx, "qy": qy, "qz": qz},
        **_orbit_columns(image),
        **_deviation_columns(entry.get("uncertainty") or {}),
        "fov_deviation_deg": (entry.get("focal") or {}).get("fov_deviation_deg"),
        "focal_source": (entry.get("focal") or {}).get("source"),
        **{column: entry.get(column) for column in ENTRY_COLUMNS},
    }


def _distortion_columns(image: PosedImage) -> dict[str, Any]:
    from camera_estimation.export._camera_arrays import distortion_of
    from camera_estimation.geometry import COEFFICIENT_NAMES, OPENCV

    distortion = distortion_of(image)
    named = {} if distortion is None else distortion.named_coefficients
    model = None if distortion is None else distortion.model
    return {"distortion": model, **{name: named.get(name) for name in COEFFICIENT_NAMES[OPENCV]}}


def _orbit_columns(image: PosedImage) -> dict[str, Any]:
    """Angles of the pose; radius and look-at only where the run says about what."""
    from camera_estimation.geometry import orbit_of

    camera = image.camera
    orbit = orbit_of(camera, camera.center[0])
    about = image.entry.get("orbit") or {}
    angles = {"yaw_deg": orbit.yaw, "pitch_deg": orbit.pitch, "roll_deg": orbit.roll}
    look_at = about.get("look_at") or (None, None, None)
    return {
        **{name: math.degrees(angle) for name, angle in angles.items()},
        "radius": about.get("radius"),
        **dict(zip(("look_at_x", "look_at_y", "look_at_z"), look_at, strict=True)),
    }


def _deviation_columns(uncertainty: Any) -> dict[str, Any]:
    translation = uncertainty.get("translation") or (None, None, None)
    return {
        "rotation_deviation_deg": uncertainty.get("rotation_deg"),
        **dict(zip(("deviation_x", "deviation_y", "deviation_z"), translation, strict=True)),
    }
