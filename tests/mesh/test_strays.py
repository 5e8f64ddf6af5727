"""Crumbs far off do not count for an object's frame; all else does."""

from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.mesh import TexturedMesh, load_mesh
from tests.support.glb_builder import GlbBuilder
from tests.support.shapes import bumpy_ball

BALL = bumpy_ball(30, 30)
VERTICES = BALL.vertices.numpy()
FACES = BALL.faces.numpy().astype(np.uint32)
EDGES = VERTICES[FACES[:, 1:]] - VERTICES[FACES[:, :1]]
FACES = FACES[np.linalg.norm(np.cross(EDGES[:, 0], EDGES[:, 1]), axis=1) > 1e-6]  # without those at the poles
SPECK = np.float32([[0, 0, 0], [0.01, 0, 0], [0, 0.01, 0]])
REMARK = "{} of its {} triangles, far off and together tiny, are left out"


def load(tmp_path, *parts: tuple[np.ndarray, np.ndarray]) -> TexturedMesh:
    builder = GlbBuilder()
    builder.mesh(*(builder.primitive(vertices.astype(np.float32), faces) for vertices, faces in parts))
    return load_mesh(builder.write(tmp_path / "built.glb"))


def specks(*places) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(SPECK + np.float32(place), np.uint32([[0, 1, 2]])) for place in places]


@pytest.mark.parametrize("places", [[(5, 0, 0)], [(0, 4, 0), (0, 0, -9)], [(3, 3, 3), (3000, 0, 0)]])
def test_specks_far_off_are_left_out_and_told(tmp_path, places):
    alone, found = load(tmp_path, (VERTICES, FACES)), load(tmp_path, (VERTICES, FACES), *specks(*places))
    assert found.center.tolist() == alone.center.tolist()
    assert found.radius == alone.radius
    assert np.array_equal(found.vertices, alone.vertices)
    assert np.array_equal(found.faces, alone.faces)
    assert found.remarks == (REMARK.format(len(places), len(FACES) + len(places)),)
    assert alone.remarks == ()


def test_specks_that_are_near_stay(tmp_path):
    found = load(tmp_path, (VERTICES, FACES), *specks((1.5, 0, 0)))
    assert len(found.faces) == len(FACES) + 1
    assert found.remarks == ()


@pytest.mark.parametrize("size", [0.2, 1.0])
def test_a_part_that_counts_stays_wherever_it_is(tmp_path, size):
    found = load(tmp_path, (VERTICES, FACES), (VERTICES * size + np.float32([9, 0, 0]), FACES))
    assert len(found.faces) == 2 * len(FACES)


def test_a_long_thin_part_that_is_connected_stays(tmp_path):
    top = VERTICES[VERTICES[:, 1].argmax()]
    antenna = top + np.float32([[0, 0, 0], [0.001, 0, 0], [0, 5, 0]])
    found = load(tmp_path, (VERTICES, FACES), (antenna, np.uint32([[0, 1, 2]])))
    assert len(found.faces) == len(FACES) + 1
    assert found.remarks == ()
