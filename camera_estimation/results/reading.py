"""Files that others may have written: JSON, the entries of poses.json, and cameras in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera
from camera_estimation.results.entries import camera_of
from camera_estimation.results.pose_file import FORMAT, JSON_NAME, VERSION

RIGIDITY = 1e-3  # how far a rotation may be from orthonormal; files with few digits are that exact


def read_json(path: Path) -> Any:
    """Raises InputError if there is no such file or it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a JSON file") from error
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: is not valid JSON ({reason}); mend or write it again") from error


def read_entries(path: Path) -> list[dict[str, Any]]:
    """The entries of a poses.json, or of the one in an output folder, each with its heading whole.

    Raises InputError if it is none.
    """
    path = path / JSON_NAME if path.is_dir() else path
    tree = read_json(path)
    if not isinstance(tree, dict) or tree.get("format") != FORMAT or tree.get("version") != VERSION:
        raise InputError(f"{path}: is not a file of {FORMAT}, version {VERSION}; give the {JSON_NAME} of a run")
    entries = tree.get("poses")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{path}: has no list of poses; give the {JSON_NAME} of a run")
    for number, entry in enumerate(entries, start=1):
        lacking = [key for key in ("name", "mesh", "image", "status") if not isinstance(entry.get(key), str)]
        if lacking:
            raise InputError(f"{path}: pose {number} has no {lacking[0]}; estimate that sample again")
    return entries


def is_rotation(matrix: Float[Tensor, "3 3"]) -> bool:
    """Whether the matrix turns without scaling or mirroring."""
    error = (matrix @ matrix.T - torch.eye(3, dtype=matrix.dtype)).abs().max()
    return bool(error <= RIGIDITY and torch.linalg.det(matrix) > 0)


def camera_in(entry: Any, where: str) -> Camera:
    """The camera of an object with width, height, fx, fy, cx, cy and world_to_camera, in double precision.

    Raises InputError that begins with ``where`` if it is not a camera.
    """
    try:
        camera = camera_of(entry)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError) as error:
        missing = f"lacks {error}" if isinstance(error, KeyError) else "has no camera"
        raise InputError(
            f"{where}: {missing}; give width, height, fx, fy, cx, cy and a 4x4 world_to_camera (OpenCV axes)"
        ) from error
    values = (camera.rotation, camera.translation, camera.focal, camera.principal_point)
    if camera.rotation.shape != (1, 3, 3) or not all(value.isfinite().all() for value in values):
        raise InputError(f"{where}: world_to_camera is not 4x4 finite numbers, or the intrinsics are not finite")
    if not is_rotation(camera.rotation[0]):
        raise InputError(
            f"{where}: world_to_camera has no rotation in it; give a rigid pose without scale or mirroring"
        )
    if not (camera.focal > 0).all() or not camera.width > 0 or not camera.height > 0:
        raise InputError(f"{where}: focal lengths and image sizes must be positive")
    return camera
