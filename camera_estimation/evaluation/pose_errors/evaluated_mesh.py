"""A mesh as the metrics need it: points of it in world coordinates, and what they are compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.evaluation.symmetries import NONE, Symmetries
from camera_estimation.io import input_path
from camera_estimation.mesh import load_mesh
from camera_estimation.rendering import Renderer

if TYPE_CHECKING:
    from scipy.spatial import KDTree

# A denser mesh is judged by evenly spaced ones of its vertices: enough for means to three digits.
MOST_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class EvaluatedMesh:
    """A mesh as the metrics need it, in world coordinates and double precision.

    Attributes:
        renderer: Of the mesh.
        center: Of the bounding box.
        diameter: Of the sphere about the center of the bounding box that holds the mesh, which is at least the greatest
            distance between two vertices.
        points: The distinct vertices, or ``MOST_POINTS`` of them.
        corners: Those of the convex hull of all vertices.
        nearest: The tree of ``points``.
        symmetries: In world coordinates.
    """

    renderer: Renderer
    center: Float[Tensor, "3"]
    diameter: float
    points: Float[Tensor, "N 3"]
    corners: Float[Tensor, "M 3"]
    nearest: KDTree = field(repr=False)
    symmetries: Symmetries = NONE


def load_evaluated_mesh(path: Path) -> EvaluatedMesh:
    """The mesh of a file, as yet without symmetries.

    Raises:
        InputError: The file is not a usable mesh.
    """
    from scipy.spatial import KDTree

    mesh = load_mesh(path)
    vertices = mesh.center.numpy() + mesh.radius * np.unique(mesh.vertices.double().numpy(), axis=0)
    points = vertices
    if len(vertices) > MOST_POINTS:
        points = vertices[np.linspace(0, len(vertices) - 1, MOST_POINTS).round().astype(int)]
    return EvaluatedMesh(
        renderer=Renderer(mesh),
        center=mesh.center,
        diameter=2 * mesh.radius,
        points=torch.from_numpy(points),
        corners=torch.from_numpy(hull_corners(vertices)),
        nearest=KDTree(points),
    )


def hull_corners(vertices: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "M 3"]:
    """The corners of the convex hull; all vertices where they lie in a plane and there is no hull."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return vertices[ConvexHull(vertices).vertices]
    except QhullError:
        return vertices


def mesh_path_of(recorded: str, meshes: Path | None, sample: str) -> Path:
    """Where the mesh that a pose file names is: there, or in the folder ``meshes``. Raises InputError if nowhere."""
    path = input_path(recorded)
    if path.is_file():
        return path
    if meshes is not None:
        if (meshes / path.name).is_file():
            return meshes / path.name
        raise InputError(f"{path.name}: mesh of sample '{sample}' is neither at {path} nor in {meshes}; check --meshes")
    raise InputError(f"{path}: no such mesh (of sample '{sample}'); name the folder where it is now with --meshes")
