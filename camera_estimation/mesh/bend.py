"""A smooth deformation of a mesh, as an estimate found it: a displacement of space that any points can be moved by."""

from __future__ import annotations

import io
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from camera_estimation.errors import InputError
from camera_estimation.io import read_arrays, write_bytes
from camera_estimation.mesh.textured_mesh import TexturedMesh

BLOCK = 1 << 14  # points at once, which bounds the memory
SHAPES = {"sources": (None, 3), "weights": (None, 3), "length": (), "origin": (3,), "stretch": (3, 3), "linear": (3, 3)}
SHAPES["shift"] = (3,)


@dataclass(frozen=True, eq=False)
class Bend:
    """A point p of the mesh in world coordinates is moved to linear @ q + shift, where

        q = p + sum over sources s of exp(-|p - s|^2 / (2 length^2)) * weight of s + (p - origin) @ stretch

    is the deformation and what follows puts the bent mesh before the camera of the estimate as it was found.

    Attributes:
        sources: Points of the surface, in world coordinates.
        weights: By how much each displaces what is at it, in world units.
        length: Of the smooth displacement's variation, in world units.
        origin: What the stretch leaves where it is.
        stretch: Of rows.
        linear: The identity, but for what differs between the pose of the bent mesh and the camera.
        shift: Likewise zero, in world units.
    """

    sources: Float[np.ndarray, "S 3"]
    weights: Float[np.ndarray, "S 3"]
    length: float
    origin: Float[np.ndarray, "3"]
    stretch: Float[np.ndarray, "3 3"]
    linear: Float[np.ndarray, "3 3"]
    shift: Float[np.ndarray, "3"]

    def move(self, points: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """World points of the mesh as it is, where the bent mesh has them."""
        blocks = [self._move_block(points[first : first + BLOCK]) for first in range(0, len(points), BLOCK)]
        return np.concatenate(blocks) if blocks else points

    def _move_block(self, points: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        squares = ((points[:, None] - self.sources) ** 2).sum(axis=-1)
        smooth = np.exp(-0.5 * squares / self.length**2) @ self.weights
        bent = points + smooth + (points - self.origin) @ self.stretch
        return bent @ self.linear.T + self.shift


def bend_mesh(mesh: TexturedMesh, bend: Bend) -> TexturedMesh:
    """The mesh as the bend has it, with the look that it had."""
    center = mesh.center.cpu().numpy()
    moved = bend.move(center + mesh.radius * mesh.vertices.double().cpu().numpy())
    vertices = torch.from_numpy((moved - center) / mesh.radius).to(mesh.vertices)
    return replace(mesh, vertices=vertices)


def write_bend(path: Path, bend: Bend) -> None:
    """An NPZ file with the attributes of ``Bend``.

    Raises:
        InputError: It cannot be written.
    """
    stream = io.BytesIO()
    values: dict[str, Any] = {field.name: np.asarray(getattr(bend, field.name)) for field in fields(bend)}
    np.savez(stream, **values)
    write_bytes(path, stream.getvalue())


def read_bend(path: Path) -> Bend:
    """The inverse of ``write_bend``.

    Raises:
        InputError: The file is not there, or not one of these; one line.
    """
    try:
        stored = read_arrays(path)
        found = {name: np.array(stored[name], dtype=np.float64) for name in SHAPES}
    except (ValueError, KeyError, TypeError) as error:
        if not path.is_file():
            raise InputError(f"{path}: no such file; estimate the image again") from None
        raise InputError(f"{path}: is not a whole deformation; estimate the image again") from error
    whole = all(
        _has_shape(found[name].shape, shape) and np.isfinite(found[name]).all() for name, shape in SHAPES.items()
    )
    if not whole or len(found["sources"]) != len(found["weights"]):
        raise InputError(f"{path}: is not a whole deformation; estimate the image again")
    return Bend(length=float(found.pop("length")), **found)


def _has_shape(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(shape) == len(expected) and all(b is None or a == b for a, b in zip(shape, expected, strict=True))
