"""Transforms of nodes, with trimesh as second opinion."""

from __future__ import annotations

import numpy as np
import pytest
from trimesh.transformations import compose_matrix, fix_rigid, quaternion_matrix

from camera_estimation.mesh.gltf._nodes import NodeTree, local_transform

QUATERNION = [0.2, -0.5, 0.1, 0.8]  # x, y, z, w; not of unit length


def test_translation_rotation_and_scale_in_their_order():
    node = {"translation": [1.0, 2.0, 3.0], "rotation": QUATERNION, "scale": [2.0, 0.5, -1.0]}
    x, y, z, w = QUATERNION
    expected = compose_matrix(translate=node["translation"]) @ quaternion_matrix([w, x, y, z])
    np.testing.assert_allclose(local_transform(node), expected @ np.diag([*node["scale"], 1.0]), atol=1e-15)


def test_a_quaternion_of_zeros_turns_nothing():
    np.testing.assert_array_equal(local_transform({"rotation": [0, 0, 0, 0]}), np.eye(4))


@pytest.mark.parametrize("error", [1e-15, 1e-7, 1e-3])
@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_rounding_is_taken_from_rotations_and_nothing_from_others(error, mirror):
    x, y, z, w = QUATERNION
    matrix = quaternion_matrix([w, x, y, z]) @ np.diag([mirror, 1.0, 1.0, 1.0])
    matrix[:3, 3] = 4.0, 5.0, 6.0
    matrix[0, 1] += error
    found = NodeTree({"nodes": [{"matrix": matrix.T.ravel().tolist()}]}).world_transform(0)
    np.testing.assert_allclose(found, fix_rigid(matrix), atol=1e-14)
    assert (np.abs(found @ np.linalg.inv(found) - np.eye(4)) < 1e-12).all()
