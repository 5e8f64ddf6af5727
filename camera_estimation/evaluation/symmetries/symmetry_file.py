"""Symmetries of meshes from a JSON file, and into one.

``{MESH: [ENTRY, ...]}`` where MESH is the file name of a mesh or its stem. An ENTRY is a 4x4 matrix (a list of rows, or
of 16 numbers) that maps the object onto itself, or ``{"axis": [x, y, z], "offset": [x, y, z], "order": n}``: turns by
360 / n degrees about the line through ``offset`` (by default the centre of the mesh's bounding box); the order
``"continuous"`` is a turn by any angle. All are in the coordinates and units of the GLB scene. Products follow by
themselves.

A BOP ``models_info.json`` is understood as well: ``{ID: {"symmetries_discrete": [matrices], "symmetries_continuous":
[{"axis", "offset"}]}}``, where ID 1 is the mesh ``1.glb`` or ``obj_000001.glb``; other keys are ignored.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.evaluation.symmetries.group import Axis, Symmetries, group_of
from camera_estimation.io import json_text, read_json, write_text
from camera_estimation.results import is_rotation

CONTINUOUS = "continuous"
MOST_TURNS = 64  # of an axis with an order; more are as good as continuous


class SymmetryFile:
    """The entries of a file by mesh."""

    def __init__(self, path: Path) -> None:
        tree = read_json(path)
        if not isinstance(tree, dict):
            raise InputError(f"{path}: is not an object of meshes; give {{MESH: [symmetries, ...]}}")
        self.path = path
        self._entries = {name: _entries(value, f"{path}: '{name}'") for name, value in tree.items()}

    def find(self, mesh_path: Path, center: Float[Tensor, "3"]) -> Symmetries | None:
        """Raises InputError if an entry of the mesh cannot be used."""
        names = {mesh_path.name, mesh_path.stem}
        for name, entries in self._entries.items():
            if name in names or (name.isdigit() and f"obj_{int(name):06d}" == mesh_path.stem):
                return _symmetries(entries, center, f"{self.path}: '{name}'")
        return None


def write_symmetries(path: Path, found: dict[str, Symmetries]) -> None:
    """A file that ``SymmetryFile`` reads.

    Args:
        path: The file.
        found: By file name of the mesh.

    Raises:
        InputError: The file cannot be written.
    """
    tree = {}
    for name, symmetries in found.items():
        axes = [
            {"axis": axis.direction.tolist(), "offset": axis.point.tolist(), "order": CONTINUOUS}
            for axis in symmetries.axes
        ]
        tree[name] = [*symmetries.transforms[1:].tolist(), *axes]
    write_text(path, json_text(tree) + "\n")


def _entries(value: Any, where: str) -> list[Any]:
    if isinstance(value, dict):
        discrete, continuous = value.get("symmetries_discrete", []), value.get("symmetries_continuous", [])
        if isinstance(discrete, list) and isinstance(continuous, list):
            turns = [{**entry, "order": CONTINUOUS} for entry in continuous if isinstance(entry, dict)]
            if len(turns) == len(continuous):
                return [*discrete, *turns]
    elif isinstance(value, list):
        return value
    raise InputError(f"{where} is not a list of symmetries; give 4x4 matrices, or axes with an order")


def _symmetries(entries: list[Any], center: Float[Tensor, "3"], where: str) -> Symmetries:
    generators, axes = [], []
    for number, entry in enumerate(entries, start=1):
        place = f"{where}, entry {number},"
        if not isinstance(entry, dict):
            generators.append(_matrix(entry, place))
            continue
        direction = _vector(entry.get("axis"), place, "axis")
        if direction.norm() == 0:
            raise InputError(f"{place} has an axis of length 0; give a direction")
        offset = _vector(entry["offset"], place, "offset") if "offset" in entry else center
        axis = Axis(direction / direction.norm(), offset)
        if entry.get("order") == CONTINUOUS:
            axes.append(axis)
        else:
            generators.append(axis.turn(360 / _order(entry.get("order"), place)))
    try:
        return Symmetries(group_of(generators), tuple(axes))
    except ValueError as error:
        raise InputError(f"{where} does not describe a symmetric solid ({error}); check the matrices") from error


def _order(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 2 <= value <= MOST_TURNS:
        raise InputError(f'{place} has order {json.dumps(value)}; give 2 to {MOST_TURNS}, or "{CONTINUOUS}"')
    return value


def _vector(value: Any, place: str, name: str) -> Float[Tensor, "3"]:
    return _number_tensor(value, (3,), f"{place} has no {name} of three numbers")


def _matrix(value: Any, place: str) -> Float[Tensor, "4 4"]:
    complaint = f"{place} is neither a 4x4 matrix nor an object with axis and order"
    flat = isinstance(value, list) and len(value) == 16
    matrix = _number_tensor(value, (16,) if flat else (4, 4), complaint).reshape(4, 4)
    if not is_rotation(matrix[:3, :3]):
        raise InputError(f"{place} is not a rotation and a shift; mirror images and scales are no poses")
    return matrix


def _number_tensor(value: Any, shape: tuple[int, ...], complaint: str) -> Tensor:
    try:
        tensor = torch.tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        tensor = torch.empty(0)
    if tensor.shape != shape or not tensor.isfinite().all():
        raise InputError(f"{complaint}; see the documentation on symmetric objects")
    return tensor
