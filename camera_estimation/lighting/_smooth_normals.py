"""Normals of a mesh's surface: smooth where it is bent, and those of the triangles at its edges."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float, Int

from camera_estimation.mesh import TexturedMesh

CREASE = math.cos(math.radians(40))  # a triangle that is turned more from the mean of its neighbors has an edge there
SAME_PLACE = 1e-5  # radii of the mesh: vertices this near are one, which seams of the texture have cut


class SurfaceNormals:
    """Normals of the points of a mesh, to the outside as its triangles are wound.

    Args:
        mesh: In any pose; normals are in its world axes.
    """

    def __init__(self, mesh: TexturedMesh) -> None:
        vertices = mesh.vertices.double().cpu().numpy()
        self.faces: Int[np.ndarray, "F 3"] = mesh.faces.cpu().numpy().astype(np.int64)
        corners = vertices[self.faces]
        weighted = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        self.of_faces: Float[np.ndarray, "F 3"] = _unit(weighted)
        self._corners = self._corner_normals(vertices, corners)

    def smooth(self, face: Int[np.ndarray, " N"], weights: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Normals of points, unit vectors.

        Args:
            face: The triangle of each.
            weights: Of its corners.
        """
        return _unit((self._corners[face] * weights[..., None]).sum(1))

    def _corner_normals(
        self, vertices: Float[np.ndarray, "V 3"], corners: Float[np.ndarray, "F 3 3"]
    ) -> Float[np.ndarray, "F 3 3"]:
        """The mean of the triangles about a vertex by their angles there, or the triangle's own beside an edge."""
        _, place = np.unique(np.round(vertices / SAME_PLACE).astype(np.int64), axis=0, return_inverse=True)
        place = place.reshape(-1)[self.faces]
        angles = _corner_angles(corners)
        sums = np.stack(
            [np.bincount(place.reshape(-1), (angles * self.of_faces[:, axis, None]).reshape(-1)) for axis in range(3)],
            axis=-1,
        )
        means = _unit(sums)[place]
        smooth = (means * self.of_faces[:, None]).sum(-1, keepdims=True) > CREASE
        return np.where(smooth, means, self.of_faces[:, None])


def _corner_angles(corners: Float[np.ndarray, "F 3 3"]) -> Float[np.ndarray, "F 3"]:
    ahead = _unit(np.roll(corners, -1, axis=1) - corners)
    behind = _unit(np.roll(corners, 1, axis=1) - corners)
    return np.arccos(np.clip((ahead * behind).sum(-1), -1, 1))


def _unit(vectors: Float[np.ndarray, "*N 3"]) -> Float[np.ndarray, "*N 3"]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-20)
