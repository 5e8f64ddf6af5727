"""The packaged example: a mesh, a picture of it, and the camera that really took the picture."""

from __future__ import annotations

import json
import math
from pathlib import Path

from camera_estimation.dataset import Sample

EXAMPLE_FOLDER = Path(__file__).parent.parent / "examples"
EXAMPLE_INTRINSICS = EXAMPLE_FOLDER / "intrinsics.json"
EXAMPLE_SAMPLE = Sample("spot", EXAMPLE_FOLDER / "spot.glb", EXAMPLE_FOLDER / "spot.png")


def example_rotation_error_deg(output_dir: Path) -> float | None:
    """Angle between the recorded camera and the true one, which no estimate ever sees; None if there is no result."""
    from camera_estimation.geometry import rotmat_geodesic_distance
    from camera_estimation.results import camera_of, read_poses

    entry = next((entry for entry in read_poses(output_dir) if entry["name"] == EXAMPLE_SAMPLE.name), None)
    if entry is None or entry["status"] != "ok":
        return None
    expected = json.loads((EXAMPLE_FOLDER / "expected_camera.json").read_text(encoding="utf-8"))
    return math.degrees(rotmat_geodesic_distance(camera_of(entry).rotation[0], camera_of(expected).rotation[0]).item())
