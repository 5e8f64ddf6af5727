from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from camera_estimation.mesh import CLAMP_TO_EDGE, Texture
from camera_estimation.rendering import find_seen_points
from camera_estimation.rendering.point_colors import surface_colors
from tests.support.shapes import bumpy_ball, mesh_of, round_ball, view_from

SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=float)
UV = [[0, 0], [1, 0], [1, 1], [0, 1]]
EYE = torch.tensor([[0.0, 0.0, 4.0]])


def seen_from(mesh, points, eyes=EYE):
    """Of each camera and point, whether it is seen."""
    views, count = len(eyes), len(points)
    view = torch.arange(views).repeat_interleave(count)
    return find_seen_points(mesh, eyes, points, view, torch.arange(count).repeat(views)).reshape(views, count)


def grid(z: float) -> torch.Tensor:
    ticks = torch.linspace(-0.95, 0.95, 39)
    x, y = torch.meshgrid(ticks, ticks, indexing="xy")
    return torch.stack([x, y, torch.full_like(x, z)], -1).reshape(-1, 3)


def test_a_smaller_square_hides_its_shadow_and_not_itself():
    vertices = np.concatenate([SQUARE, SQUARE * (0.3, 0.3, 1) + (0, 0, 0.3)])
    mesh = mesh_of(vertices, [[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], normalize=False)
    points = grid(0.0)
    aside = points[:, :2].abs().amax(1)
    assert torch.equal(seen_from(mesh, points)[0], aside > 0.3 * 4 / 3.7)
    assert seen_from(mesh, grid(0.3) * torch.tensor([0.3, 0.3, 1])).all()
    # From behind, the larger one hides the smaller.
    assert not seen_from(mesh, grid(0.3) * torch.tensor([0.3, 0.3, 1]), -EYE).any()


@pytest.mark.parametrize("swap", [False, True])
def test_what_is_cut_out_hides_nothing(swap):
    """A quarter of the front square is clear: the one at the first texel, right where the corners' order matters."""
    opacity = torch.tensor([[0, 255], [255, 255]], dtype=torch.uint8)
    texture = Texture(torch.zeros(2, 2, 3, dtype=torch.uint8), CLAMP_TO_EDGE, CLAMP_TO_EDGE, opacity, cutoff=0.5)
    faces = [[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]]
    faces = [[face[1], face[2], face[0]] for face in faces] if swap else faces
    vertices = np.concatenate([SQUARE + np.array([0, 0, 0.3]), SQUARE - np.array([0, 0, 0.5])])
    mesh = mesh_of(vertices, faces, UV * 2, texture, normalize=False)
    plain = Texture(torch.zeros(1, 1, 3, dtype=torch.uint8))
    both = replace(mesh, face_texture=torch.tensor([0, 0, 1, 1], dtype=torch.int32), textures=(texture, plain))
    points = grid(-0.5) * torch.tensor([0.8, 0.8, 1])
    crossing = points[:, :2] * (3.7 / 4.5)  # of the ray with the front square
    clear = (crossing < 0).all(1)
    seen = seen_from(both, points)[0]
    sharp = (crossing.abs() > 0.25).all(1)  # away from the blur between texels
    assert torch.equal(seen[sharp], clear[sharp])
    assert 50 < clear[sharp].sum() < sharp.sum()


def test_it_agrees_with_what_is_drawn():
    """Surface points of drawn pixels are seen, the same from behind are not."""
    from camera_estimation.rendering import Renderer

    ball = bumpy_ball(24, 32)
    camera = view_from((0.3, 0.4, 1.0), size=64)
    drawn = Renderer(ball).draw(camera)[1][0]
    points = drawn[:3, drawn[3] > 0].T
    assert len(points) > 500
    assert seen_from(ball, points, camera.center).float().mean() > 0.995
    behind = -3 * camera.center
    assert seen_from(ball, points, behind).float().mean() < 0.03


@pytest.mark.parametrize("distance", [2.5, 10.0, 1e3, 1e5])
def test_points_do_not_hide_themselves_from_any_distance(distance):
    ball = round_ball(24, 32)
    corners = ball.vertices[ball.faces.long()]
    points = corners.mean(1)
    outward = torch.nn.functional.normalize(points, dim=1)
    normals = torch.nn.functional.normalize(
        torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), dim=1
    )
    normals *= (normals * outward).sum(1, keepdim=True).sign()
    eye = distance * torch.nn.functional.normalize(torch.tensor([[0.3, -0.5, 0.8]]), dim=1)
    facing = (torch.nn.functional.normalize(eye - points, dim=1) * normals).sum(1)
    clear = (facing.abs() > 0.05) & ((normals * outward).sum(1) > 0.95)  # without the slivers at the poles
    assert clear.sum() > 1000
    assert torch.equal(seen_from(ball, points, eye)[0][clear], facing[clear] > 0)


def test_colors_are_texels_times_the_corners_colors():
    texels = torch.tensor([[[200, 0, 0], [0, 100, 0]], [[0, 0, 255], [255, 255, 255]]], dtype=torch.uint8)
    colors = torch.tensor([[1.0, 1, 1], [1, 0.5, 1], [1, 1, 1], [0.5, 0.5, 0.5]])
    mesh = mesh_of(SQUARE, [[0, 1, 2], [0, 2, 3]], UV, Texture(texels, CLAMP_TO_EDGE, CLAMP_TO_EDGE), colors)
    found = surface_colors(mesh, torch.tensor([0, 0, 1, 1]), torch.eye(3)[[0, 1, 1, 2]])
    expected = torch.tensor([[200, 0, 0], [0, 50, 0], [255, 255, 255], [0, 0, 127.5]]) / 255
    torch.testing.assert_close(found, expected)
