from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.lighting._smooth_normals import SurfaceNormals
from tests.support.shapes import box, round_ball


def test_of_a_ball_they_are_its_points():
    ball = round_ball(40, 40)
    faces = np.arange(len(ball.faces))
    weights = np.random.default_rng(0).dirichlet((1, 1, 1), len(faces))
    points = (ball.vertices.numpy()[ball.faces.numpy()] * weights[..., None]).sum(1)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    surface = SurfaceNormals(ball)
    whole = np.linalg.norm(surface.of_faces, axis=1) > 0.5  # at the poles half of them have no area
    normals, points = surface.smooth(faces, weights)[whole], points[whole]
    outward = np.sign((normals * points).sum(-1).mean())
    assert (outward * normals * points).sum(-1).min() > 0.999  # across the seam of its texture and at its poles too


def test_edges_of_a_box_stay_sharp():
    mesh = box(divisions=3)
    normals = SurfaceNormals(mesh)
    for corner in np.eye(3):
        found = normals.smooth(np.arange(len(mesh.faces)), np.tile(corner, (len(mesh.faces), 1)))
        assert found == pytest.approx(normals.of_faces, abs=1e-6)
    assert np.abs(normals.of_faces).max(1) == pytest.approx(1)
