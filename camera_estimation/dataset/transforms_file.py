"""transforms.json of nerfstudio and instant-ngp: its frames with their intrinsics.

What a frame does not say holds of the whole file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.dataset._camera_entries import parse_camera_entry
from camera_estimation.dataset.known_intrinsics import KnownCamera
from camera_estimation.errors import InputError


@dataclass(frozen=True)
class TransformsFrame:
    """One picture of the file.

    Args:
        name: Its path, from the file or from the top of the data.
        values: All that the file says of it.
        camera: Its intrinsics.
        where: The file and the place in it, which begins messages.
    """

    name: str
    values: Mapping[str, Any]
    camera: KnownCamera
    where: str


def is_transforms_tree(tree: Any) -> bool:
    """Whether a value of JSON has the form of the file."""
    return isinstance(tree, dict) and isinstance(tree.get("frames"), list) and bool(tree["frames"])


def frames_of_transforms(tree: Mapping[str, Any], path: Path) -> list[TransformsFrame]:
    """The frames of a file's content.

    Args:
        tree: As ``is_transforms_tree`` knows it.
        path: Of the file, for messages.

    Raises:
        InputError: A frame has no name or no usable intrinsics; one line.
    """
    shared = {key: value for key, value in tree.items() if key != "frames"}
    found = []
    for number, frame in enumerate(tree["frames"], start=1):
        name = frame.get("file_path") if isinstance(frame, dict) else None
        if not isinstance(name, str):
            raise InputError(f"{path}: frame {number} has no file_path; write the file again")
        where = f"{path}: image '{name}'"
        values = {**shared, **frame}
        # Its fourth coefficient of a lens that is no fisheye belongs to another power than OpenCV's.
        if values.get("k4") and not _is_fisheye(values):
            raise InputError(
                f"{where} has k4 = {values['k4']} of a model that OpenCV does not have; calibrate without k4"
            )
        found.append(TransformsFrame(name, values, parse_camera_entry(values, where), where))
    return found


def _is_fisheye(values: Mapping[str, Any]) -> bool:
    return values.get("is_fisheye") is True or "FISHEYE" in str(values.get("camera_model", ""))
