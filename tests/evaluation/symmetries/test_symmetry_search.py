from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from camera_estimation.evaluation.symmetries.group import Axis
from camera_estimation.evaluation.symmetries.symmetry_search import find_symmetries
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, mesh_of

TURN = rotvec_to_rotmat(torch.tensor([[0.4, 1.1, 0.3]], dtype=torch.float64))[0].numpy()
SHIFT = np.array([3.0, -1.0, 2.0])


def symmetries_of(shape, colors=None, placed=True):
    """Of a trimesh, by default turned and moved; every face has corners of its own and one colour."""
    corners = shape.triangles.reshape(-1, 3)
    vertices = corners @ TURN.T + SHIFT if placed else corners.copy()
    colors = np.full((len(shape.faces), 3), 0.7) if colors is None else colors
    faces = np.arange(len(corners)).reshape(-1, 3)
    mesh = mesh_of(vertices, faces, vertex_colors=torch.from_numpy(np.repeat(colors, 3, axis=0)))
    return find_symmetries(Renderer(mesh))


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        (trimesh.creation.box((1, 2, 0.5)), 4),
        (trimesh.creation.box((1, 1, 0.5)), 8),
        (trimesh.creation.cylinder(1, 1, sections=3), 6),
        (trimesh.creation.cylinder(1, 1, sections=12), 24),
    ],
)
def test_prisms(shape, count):
    found = symmetries_of(shape)
    assert len(found.transforms) == count
    assert not found.axes
    for transform in found.transforms.numpy():  # all keep the object's middle, in world coordinates
        assert np.allclose(transform[:3, :3] @ SHIFT + transform[:3, 3], SHIFT, atol=0.05)


def test_cube_along_the_axes():
    assert len(symmetries_of(trimesh.creation.box((1, 1, 1)), placed=False).transforms) == 24


def test_cylinder():
    found = symmetries_of(trimesh.creation.cylinder(1, 3, sections=32))
    assert len(found.transforms) == 2
    (axis,) = found.axes
    assert abs(axis.direction.numpy() @ TURN[:, 2]) == pytest.approx(1, abs=1e-4)
    assert np.allclose(axis.point.numpy(), SHIFT, atol=1e-4)


@pytest.mark.parametrize("height", [2.0, 4.0])  # the lower one has three moments that are nearly alike
def test_cone(height):
    found = symmetries_of(trimesh.creation.cone(1, height, sections=48))
    assert len(found.transforms) == len(found.axes) == 1


def test_ball():
    assert symmetries_of(trimesh.creation.icosphere(3)).is_round


def test_objects_without_symmetry():
    bar, knob = trimesh.creation.box((1, 2, 0.5)), trimesh.creation.box((0.5, 0.5, 0.5))
    knob.apply_translation([0.7, 0.9, 0])
    assert symmetries_of(trimesh.util.concatenate([bar, knob])).is_trivial
    assert find_symmetries(Renderer(bumpy_ball(20, 30))).is_trivial


def test_colors_count():
    box = trimesh.creation.box((1, 2, 0.5))
    colors = np.full((len(box.faces), 3), 0.7)
    colors[box.face_normals[:, 0] > 0.5] = (0.1, 0.2, 0.6)  # one side is blue: the half turn about x is left
    found = symmetries_of(box, colors)
    assert len(found.transforms) == 2
    x = Axis(torch.from_numpy(TURN[:, 0].copy()), torch.from_numpy(SHIFT))
    assert found.includes(x.turn(180)[:3, :3])


def test_small_mark_ends_the_symmetry_of_a_can():
    can = trimesh.creation.cylinder(1, 2, sections=96)
    colors = np.full((len(can.faces), 3), 0.7)
    angles = np.arctan2(can.triangles_center[:, 1], can.triangles_center[:, 0])
    side = np.abs(can.face_normals[:, 2]) < 0.5
    colors[side & (np.abs(angles - 0.4) < 0.06)] = 0.05
    assert not symmetries_of(can, colors).axes
