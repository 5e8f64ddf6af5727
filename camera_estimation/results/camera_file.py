"""camera.json: one estimate with the window that it was made in, its settings and its evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.geometry import camera_values
from camera_estimation.io import json_text, write_text
from camera_estimation.results.conventions import CONVENTIONS
from camera_estimation.results.entry_paths import entry_in_file

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimate
    from camera_estimation.images import SourceImage

CAMERA_NAME = "camera.json"
FORMAT, VERSION = "camera-estimation/camera", 1


def write_camera(folder: Path, entry: dict[str, Any], estimate: CameraEstimate, image: SourceImage) -> None:
    """``entry`` is what poses.json says of the sample."""
    tree = {
        "format": FORMAT,
        "version": VERSION,
        "conventions": CONVENTIONS,
        **entry_in_file(entry, folder),
        "crop": crop_values(estimate),
        "settings": estimate.config.to_dict(),
        "evidence": image.evidence.files,
    }
    write_text(folder / CAMERA_NAME, json_text(tree) + "\n")


def crop_values(estimate: CameraEstimate) -> dict[str, Any]:
    """The window that the estimate worked on, in pixels of the full image, and the camera of that window. It is one of
    what the pinhole ``undistorted`` shows where the image is distorted."""
    left, top, width, height = (float(value) for value in estimate.crop)
    window = {"left": left, "top": top, "width": width, "height": height}
    values = {"window": window, **camera_values(estimate.crop_camera)}
    if estimate.window is None:
        return values
    return {**values, "undistorted": camera_values(estimate.window.to_window(estimate.camera))}


def read_settings(folder: Path) -> tuple[dict[str, Any], dict[str, str]] | None:
    """The configuration that the folder's camera was estimated with, as ``Configuration.to_dict`` gives it, and the
    checksums of its evidence."""
    try:
        camera = json.loads((folder / CAMERA_NAME).read_text(encoding="utf-8"))
        return camera["settings"], camera.get("evidence", {})
    except (OSError, ValueError, KeyError, TypeError):
        return None
