"""Points of the mesh that are pinned to where they belong in the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from camera_estimation.errors import InputError
from camera_estimation.geometry import camera_values
from camera_estimation.io import json_text, write_text
from camera_estimation.results import parse_camera

if TYPE_CHECKING:
    from camera_estimation.images import Keypoints
    from camera_estimation.mesh import TexturedMesh
    from camera_estimation.studio.shelf import Subject

MOST_PINS = 200


class Pin(msgspec.Struct):
    """A point of the mesh in world coordinates, and where it belongs, in pixels of the picture."""

    xyz: tuple[float, float, float]
    uv: tuple[float, float]
    name: str = ""


def follow_pins(mesh: TexturedMesh, pins: Any, pose: Any, free_focal: bool) -> dict[str, Any]:
    """The camera that sees the pins where they belong, as near as can be to the pose before.

    Args:
        mesh: The object.
        pins: As JSON has them, see ``Pin``.
        pose: As JSON has it: size, intrinsics, world_to_camera.
        free_focal: Whether the focal length follows too; it takes four pins.

    Returns:
        Values of the camera, and the error of each pin in pixels.

    Raises:
        InputError: They are no pins, or no pose.
    """
    from camera_estimation.poses.pnp import FEWEST_POINTS, nearest_pose

    keypoints = _keypoints(_parse_pins(pins))
    camera = parse_camera(pose, "the pose")
    found = nearest_pose(keypoints, camera, mesh.center, free_focal and len(keypoints) >= FEWEST_POINTS)
    seen, _ = found.project(keypoints.xyz[None])
    errors = (seen[0] - keypoints.uv).norm(dim=-1).tolist()
    return {"camera": camera_values(found), "errors": errors}


def save_pins(subject: Subject, pins: Any) -> None:
    """Keep the pins of a picture as ``--keypoints_dir`` reads them; none of them takes the file away.

    Raises:
        InputError: They are no pins.
    """
    parsed = _parse_pins(pins)
    path = subject.keypoints_path
    if not parsed:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"xyz": list(pin.xyz), "uv": list(pin.uv), "name": pin.name or f"pin {number}"}
        for number, pin in enumerate(parsed, 1)
    ]
    write_text(path, json_text(rows) + "\n")


def _parse_pins(tree: Any) -> list[Pin]:
    try:
        pins = msgspec.convert(tree, list[Pin])
    except msgspec.ValidationError as error:
        raise InputError(f"pins: {error}; set them anew") from error
    if len(pins) > MOST_PINS:
        raise InputError(f"pins: {len(pins)} are more than the {MOST_PINS} that the page takes")
    return pins


def _keypoints(pins: list[Pin]) -> Keypoints:
    import torch

    from camera_estimation.images import Keypoints

    xyz = torch.tensor([pin.xyz for pin in pins], dtype=torch.float64).reshape(-1, 3)
    uv = torch.tensor([pin.uv for pin in pins], dtype=torch.float64).reshape(-1, 2)
    names = tuple(pin.name or str(number) for number, pin in enumerate(pins, 1))
    return Keypoints(xyz, uv, torch.ones(len(pins), dtype=torch.float64), names)
