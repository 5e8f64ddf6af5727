"""Which way is up in a photograph of a mesh of known pose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh

AXES = {"x": 0, "y": 1, "z": 2}
AUTO = "auto"
# What people do with cameras: degrees by which they are tilted sideways at most, look up, and look down.
MOST_ROLL, MOST_RISE, MOST_FALL = 25.0, 20.0, 85.0
ONE_SIDE = math.cos(math.radians(6))  # between normals of what is one side of a convex hull
LEAST_SIDE = 0.01  # of the hull's area: a smaller side is none that things rest on
ROLL_DEVIATION = 12.0  # degrees


@dataclass(frozen=True)
class UpDirection:
    """Which way is up.

    Attributes:
        vector: A unit vector in the mesh's world axes.
        source: "given", "axis" (the mesh's own), "rests" (the mesh lies on a side of its hull) or "camera".
    """

    vector: Float[np.ndarray, "3"]
    source: str


def parse_axis(word: str) -> Float[np.ndarray, "3"]:
    """The unit vector of an axis such as "+y" or "-z", or of three numbers with commas between.

    Raises:
        InputError: It is none.
    """
    name = word.strip().lower().removeprefix("+")
    sign = -1.0 if name.startswith("-") else 1.0
    vector = np.zeros(3)
    if name.removeprefix("-") in AXES:
        vector[AXES[name.removeprefix("-")]] = sign
        return vector
    try:
        vector = np.array([float(number) for number in word.split(",")])
    except ValueError:
        vector = np.zeros(0)
    if vector.shape != (3,) or not np.isfinite(vector).all() or not vector.any():
        raise InputError(f"up axis '{word}': give {AUTO}, an axis such as +y or -z, or a direction as X,Y,Z")
    return vector / np.linalg.norm(vector)


def find_up(word: str, mesh: TexturedMesh, camera: Camera, own_axis: str = "+y") -> UpDirection:
    """Which way is up.

    Args:
        word: "auto", or what ``parse_axis`` takes. "auto" is the mesh's own axis where a camera is held so that this is
            up; else the mesh was turned over, and lies on the side of its convex hull that leaves the camera upright.
        mesh: That the photograph shows.
        camera: Of the photograph.
        own_axis: The mesh's own axis, as "+y".

    Raises:
        InputError: The word is none of those.
    """
    if word != AUTO:
        return UpDirection(parse_axis(word), "given")
    rotation = camera.rotation[0].double().cpu().numpy()
    own = parse_axis(own_axis)
    if np.isfinite(_implausibility(own, rotation)):
        return UpDirection(own, "axis")
    sides, areas = hull_sides(mesh)
    cost = np.array([_implausibility(-side, rotation) for side in sides]) - 2 * np.log(areas)
    if np.isfinite(cost).any():
        return UpDirection(-sides[cost.argmin()], "rests")
    return UpDirection(-rotation[1], "camera")


def hull_sides(mesh: TexturedMesh) -> tuple[Float[np.ndarray, "S 3"], Float[np.ndarray, " S"]]:
    """The sides of a mesh's convex hull that it can rest on: their normals, and their shares of its area."""
    from scipy.spatial import ConvexHull, QhullError

    vertices = mesh.vertices.double().cpu().numpy()
    try:
        hull = ConvexHull(vertices)
    except QhullError:  # all in a plane
        return np.zeros((0, 3)), np.zeros(0)
    corners = vertices[hull.simplices]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    normals, left = hull.equations[:, :3], areas / areas.sum()
    sides, shares = [], []
    while len(left) and left.max() > 0:
        first = left.argmax()
        alike = (normals @ normals[first] > ONE_SIDE) & (left > 0)
        share = float(left[alike].sum())
        if share >= LEAST_SIDE:
            mean = left[alike] @ normals[alike]
            sides.append(mean / np.linalg.norm(mean))
            shares.append(share)
        left = np.where(alike, 0, left)
    return np.array(sides).reshape(-1, 3), np.array(shares)


def _implausibility(up: Float[np.ndarray, "3"], rotation: Float[np.ndarray, "3 3"]) -> float:
    """Of a camera for which this is up: the square of its roll, in deviations; infinite where nobody holds it so."""
    x, y, z = rotation @ up
    roll, fall = math.degrees(math.atan2(x, -y)), math.degrees(math.asin(max(-1.0, min(1.0, -z))))
    if abs(roll) > MOST_ROLL or not -MOST_RISE <= fall <= MOST_FALL:
        return math.inf
    return (roll / ROLL_DEVIATION) ** 2
