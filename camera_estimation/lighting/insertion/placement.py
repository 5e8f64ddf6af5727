"""Where an inserted object stands: its size, its heading, and the place under its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh

FORMAT, VERSION = "camera-estimation/placement", 1
GROUND, OBJECT = "ground", "object"


@dataclass(frozen=True, eq=False)
class Ground:
    """A plane without end that the known mesh stands on.

    Args:
        up: Its normal, a unit vector in world axes.
        height: Of it along ``up``, in world units.
    """

    up: Float[np.ndarray, "3"]
    height: float

    def meet(self, origin: Float[np.ndarray, "3"], directions: Float[np.ndarray, "*N 3"]) -> Float[np.ndarray, "*N"]:
        """How many lengths of its direction each ray goes until it meets the plane; not finite or negative where it
        does not."""
        with np.errstate(divide="ignore"):
            return (self.height - origin @ self.up) / (directions @ self.up)


@dataclass(frozen=True, eq=False)
class Placement:
    """How an object is put into the world of a known mesh.

    Args:
        base: The place under the middle of the object, in world coordinates.
        axes: Columns are the world directions of the object's right, up and front: a rotation.
        scale: Size in world units of one unit of the object's file.
        ground: The plane that catches shadows.
        on: "ground" or "object": what it stands on.
    """

    base: Float[np.ndarray, "3"]
    axes: Float[np.ndarray, "3 3"]
    scale: float
    ground: Ground
    on: str

    def place(self, mesh: TexturedMesh, own_axes: Float[np.ndarray, "3 3"]) -> TexturedMesh:
        """The object in world coordinates.

        Args:
            mesh: The object as its file has it.
            own_axes: Columns are its right, up and front in the axes of the file, see ``axes_of``.
        """
        turn = torch.from_numpy(self.axes @ own_axes.T)
        foot = foot_point(mesh, own_axes)
        center = torch.from_numpy(self.base) + self.scale * turn @ (mesh.center.double().cpu() - torch.from_numpy(foot))
        vertices = (mesh.vertices.double().cpu() @ turn.T).float().contiguous()
        return replace(mesh, vertices=vertices.to(mesh.device), center=center, radius=self.scale * mesh.radius)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``placement_from_dict`` is the way back."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "on": self.on,
            "base": self.base.tolist(),
            "axes": self.axes.tolist(),
            "scale": self.scale,
            "ground": {"up": self.ground.up.tolist(), "height": self.ground.height},
        }


def placement_from_dict(tree: Any, where: str) -> Placement:
    """The placement that ``Placement.to_dict`` made plain values of.

    Raises:
        InputError: They are none; the message begins with ``where``.
    """
    if not isinstance(tree, dict) or tree.get("format") != FORMAT or tree.get("version") != VERSION:
        raise InputError(f"{where}: has no placement of {FORMAT}, version {VERSION}; insert the object again")
    try:
        ground = Ground(_read_floats(tree["ground"]["up"], 3), float(tree["ground"]["height"]))
        axes = _read_floats(tree["axes"], 9).reshape(3, 3)
        return Placement(_read_floats(tree["base"], 3), axes, float(tree["scale"]), ground, str(tree["on"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: its placement is damaged ({error}); insert the object again") from error


def axes_of(up: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """Right, up and front (columns) of a mesh whose up axis is ``up``: of glTF's +Y they are x, y and z."""
    front = np.array([0.0, 0.0, 1.0]) if abs(up[2]) < 0.9 else np.array([0.0, -1.0, 0.0]) * np.sign(up[2])
    right = np.cross(up, front)
    right /= np.linalg.norm(right)
    return np.stack([right, up, np.cross(right, up)], axis=1)


def heading_axes(
    up: Float[np.ndarray, "3"], camera: Camera, base: Float[np.ndarray, "3"], turn: float
) -> Float[np.ndarray, "3 3"]:
    """Right, up and front of an object that looks at the camera, turned about ``up`` by ``turn`` (radians,
    counter-clockwise as seen from above)."""
    front = camera.center[0].double().cpu().numpy() - base
    front = front - (front @ up) * up
    if np.linalg.norm(front) < 1e-9:  # seen from right above
        front = -camera.rotation[0, 1].double().cpu().numpy()
        front = front - (front @ up) * up
    front /= np.linalg.norm(front)
    right = np.cross(up, front)
    turned = math.cos(turn) * front + math.sin(turn) * right
    return np.stack([np.cross(up, turned), up, turned], axis=1)


def heading_turn(axes: Float[np.ndarray, "3 3"], camera: Camera, base: Float[np.ndarray, "3"]) -> float:
    """The turn (radians) by which ``heading_axes`` gives these axes at a place before a camera."""
    right, _, front = heading_axes(axes[:, 1], camera, base, 0.0).T
    return math.atan2(float(axes[:, 2] @ right), float(axes[:, 2] @ front))


def ground_axes(up: Float[np.ndarray, "3"], camera: Camera) -> Float[np.ndarray, "3 3"]:
    """Right, up and away (columns) as one sees them in the picture, along the ground."""
    rotation = camera.rotation[0].double().cpu().numpy()
    right = rotation[0] - (rotation[0] @ up) * up
    if np.linalg.norm(right) < 1e-9:
        right = rotation[1] - (rotation[1] @ up) * up
    right /= np.linalg.norm(right)
    return np.stack([right, up, np.cross(up, right)], axis=1)


def ground_under(mesh: TexturedMesh, up: Float[np.ndarray, "3"]) -> Ground:
    """The plane through the lowest points of a mesh."""
    return Ground(up, float((world_vertices(mesh) @ up).min()))


def foot_point(mesh: TexturedMesh, own_axes: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3"]:
    """The place under the middle of a mesh, at the height of its lowest point, in the axes of its file."""
    along = world_vertices(mesh) @ own_axes
    low, high = along.min(0), along.max(0)
    middle = (low + high) / 2
    return own_axes @ np.array([middle[0], low[1], middle[2]])


def extent(mesh: TexturedMesh) -> float:
    """The longest side of a mesh's bounding box, in world units."""
    return float(np.ptp(world_vertices(mesh), axis=0).max())


def world_vertices(mesh: TexturedMesh) -> Float[np.ndarray, "V 3"]:
    """In double precision."""
    return (mesh.center.double().cpu() + mesh.radius * mesh.vertices.double().cpu()).numpy()


def _read_floats(values: Any, count: int) -> Float[np.ndarray, " N"]:
    numbers = np.asarray(values, dtype=np.float64).reshape(-1)
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise ValueError(f"{count} numbers are needed")
    return numbers
