"""The exporter for V2M4."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import json_text, write_bytes, write_text

NPZ_NAME, JSON_NAME = "cameras.npz", "cameras.json"
FIELD_OF_VIEW = 40.0  # degrees, the only one that V2M4 renders with
SAME_FIELD, SAME_PLACE = 0.01, 0.05  # degrees, pixels
CONVENTIONS = {
    "world": "+Z up: glTF's (x, y, z) is (x, -z, y)",
    "extrinsics_list": "world to camera, OpenCV axes (x right, y down, z forward), [1, 4, 4] each",
    "params": "yaw, pitch, r (radians, units of the mesh), and the look-at point: the camera is at "
    "r * (sin yaw cos pitch, cos yaw cos pitch, sin pitch), about the origin, and +Z is up in its picture",
    "roll_deg": "clockwise turn of the picture, which params cannot hold and extrinsics_list does",
}


@exporter_registry.register("v2m4")
class V2M4Exporter(Exporter):
    """What V2M4 has after its camera search, under its names (its own files are pickles), in the order of frames: the
    re-canonicalization needs ``params``, the registration ``extrinsics_list`` and ``base_name_list``."""

    description = "cameras.npz and cameras.json: V2M4's camera parameters and extrinsics, frame by frame"
    files = (NPZ_NAME, JSON_NAME)

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        import numpy as np

        from camera_estimation.dataset import natural_order
        from camera_estimation.export._camera_arrays import npz_bytes

        for image in images:
            _require_camera_of_v2m4(image)
        frames = sorted(map(_frame_values, images), key=lambda frame: natural_order(frame["base_name"]))
        arrays = {
            "base_name_list": [frame["base_name"] for frame in frames],
            "extrinsics_list": np.array([[frame["extrinsics"]] for frame in frames]),
            "params": np.array([frame["params"] for frame in frames]),
            "roll_deg": np.array([frame["roll_deg"] for frame in frames]),
            "fov_deg": np.array(FIELD_OF_VIEW),
        }
        write_bytes(folder / NPZ_NAME, npz_bytes(arrays))
        tree = {"conventions": CONVENTIONS, "fov_deg": FIELD_OF_VIEW, "frames": frames}
        write_text(folder / JSON_NAME, json_text(tree) + "\n")
        return [folder / NPZ_NAME, folder / JSON_NAME]


def _require_camera_of_v2m4(image: PosedImage) -> None:
    """Raises InputError for a picture that V2M4 does not render."""
    from camera_estimation.export._camera_arrays import distortion_of, intrinsics

    width, height = image.camera.width, image.camera.height
    fx, fy, cx, cy = intrinsics(image)
    fields = [math.degrees(2 * math.atan(side / (2 * focal))) for side, focal in ((width, fx), (height, fy))]
    reason = None
    if distortion_of(image) is not None:
        reason = "has a lens that distorts"
    elif width != height:
        reason = f"is {width} x {height}"
    elif max(abs(cx - width / 2), abs(cy - height / 2)) > SAME_PLACE:
        reason = f"has its principal point at ({cx:.1f}, {cy:.1f})"
    elif max(abs(field - FIELD_OF_VIEW) for field in fields) > SAME_FIELD:
        reason = f"has a field of view of {fields[0]:.2f} x {fields[1]:.2f} degrees"
    if reason is not None:
        raise InputError(
            f"'{image.name}' {reason}; V2M4 has square pictures of {FIELD_OF_VIEW:g} degrees whose principal point is "
            f"in the middle: estimate its own (..._rmbg.png) with --fov_deg {FIELD_OF_VIEW:g}"
        )


def _frame_values(image: PosedImage) -> dict[str, Any]:
    import numpy as np

    from camera_estimation.export._camera_arrays import camera_to_world, world_to_camera, z_up_from_y_up
    from camera_estimation.geometry import orbit_of

    turn = z_up_from_y_up()
    center, forward = turn[:3, :3] @ camera_to_world(image)[:3, 3], turn[:3, :3] @ world_to_camera(image)[2, :3]
    r = float(np.linalg.norm(center))
    yaw, pitch = math.atan2(center[0], center[1]), math.asin(max(-1.0, min(1.0, center[2] / r))) if r > 0 else 0.0
    return {
        "name": image.name,
        "base_name": image.image_path.name.split(".")[0],  # as V2M4 names frames
        "params": [yaw, pitch, r, *(center + r * forward).tolist()],
        "roll_deg": math.degrees(orbit_of(image.camera, image.camera.center[0]).roll),
        "extrinsics": (world_to_camera(image) @ turn.T).tolist(),
    }
