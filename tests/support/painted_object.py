"""One object for every format of meshes: a tetrahedron over a square with a picture, or with colors."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import create_renderer
from tests.support.shapes import view_from

# Each quarter of the picture has a color: first row red, green; second row blue, white.
PICTURE = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], dtype=np.uint8)
PICTURE = PICTURE.repeat(32, axis=0).repeat(32, axis=1)
# A tetrahedron over a square in the xy plane that shows the picture upright.
VERTICES = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [1, 1, -1]], dtype=float)
UV = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]])  # v up
FACES = np.array([[0, 1, 2], [0, 2, 3], [1, 0, 4], [2, 1, 4], [3, 2, 4], [0, 3, 4]])
COLORS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [9, 9, 9]], dtype=np.uint8)
CORNERS = {"red": (24, 24), "green": (72, 24), "blue": (24, 72), "white": (72, 72)}  # x, y of a view of 96 pixels
RGB = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1)}


def triangles(mesh: TexturedMesh) -> np.ndarray:
    """Corners of all triangles in world coordinates, in an order of their own."""
    world = mesh.center.numpy() + mesh.radius * mesh.vertices.double().numpy()
    return np.array(sorted(np.round(world[mesh.faces.numpy()], 4).reshape(-1, 9).tolist()))


def expected_triangles(faces=FACES, vertices=VERTICES) -> np.ndarray:
    return np.array(sorted(np.round(vertices[faces], 4).reshape(-1, 9).tolist()))


def assert_shows_the_picture(mesh: TexturedMesh) -> None:
    """From the front the four corners of the square have the colors of the picture's quarters."""
    image = create_renderer(mesh).render(view_from((0, 0, 1), distance=3.2, size=96)).image[0]
    for color, (x, y) in CORNERS.items():
        assert image[:, y, x].tolist() == pytest.approx(RGB[color], abs=0.02), color


def colored(kind: str) -> trimesh.Trimesh:
    mesh = trimesh.Trimesh(VERTICES, FACES, process=False)
    if kind == "vertex":
        mesh.visual.vertex_colors = np.column_stack([COLORS, np.full(5, 255, np.uint8)])
    elif kind == "face":
        red = np.arange(6, dtype=np.uint8) * 40
        mesh.visual.face_colors = np.column_stack([red, 0 * red, 0 * red, 0 * red + 255])
    return mesh
