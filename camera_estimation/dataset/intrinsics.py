"""Known intrinsics of images from a JSON file: ``{"spot.png": {"fx": ..., "fy": ..., "cx": ..., "cy": ...}, ...}``.

In pixels of the image, with the first pixel's centre at (0.5, 0.5); other keys are ignored.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import read_json, split_frame_path

Intrinsics = tuple[float, float, float, float]
NAMES = ("fx", "fy", "cx", "cy")
GREATEST = 1e9  # pixels


def load_intrinsics(path: str | Path) -> dict[str, Intrinsics]:
    """Intrinsics by the names of images, as a file gives them.

    Args:
        path: A JSON file as the module's text describes it.

    Returns:
        (fx, fy, cx, cy) in pixels.

    Raises:
        InputError: The file cannot be used; one line.
    """
    path = Path(path)
    tree = read_json(path)
    if not isinstance(tree, dict) or not tree:
        raise InputError(f"{path}: names no images; give an object of image names with {', '.join(NAMES)} each")
    return {name: _parse_intrinsics(entry, f"{path}: image '{name}'") for name, entry in tree.items()}


def intrinsics_of(intrinsics: dict[str, Intrinsics], image_path: Path) -> Intrinsics | None:
    """The entry with the image's file name, else the one with its stem, else None; folders in names do not count."""
    names = {key: PurePosixPath(key) for key in intrinsics}
    matches = (
        lambda name: name.name == image_path.name,
        lambda name: name.name == image_path.stem,
        lambda name: name.stem == image_path.stem,
    )
    for match in matches:
        found = {intrinsics[key] for key, name in names.items() if match(name)}
        if len(found) == 1:
            return found.pop()
    place = split_frame_path(image_path)  # a video's are those of all its frames
    return None if place is None else intrinsics_of(intrinsics, place[0])


def _parse_intrinsics(entry: Any, where: str) -> Intrinsics:
    if not isinstance(entry, dict):
        raise InputError(f"{where} has no object of numbers; give {', '.join(NAMES)} in pixels")
    values = []
    for name in NAMES:
        value = entry.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < GREATEST:
            raise InputError(f"{where} has no usable number {name}; give {', '.join(NAMES)} in pixels")
        if name in ("fx", "fy") and value <= 0:
            raise InputError(f"{where} has {name} = {value}; a focal length is positive, in pixels")
        values.append(float(value))
    fx, fy, cx, cy = values
    return fx, fy, cx, cy
