from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from camera_estimation.mesh.textured_mesh import Texture
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, ground_below_camera, mesh_of, view_from

QUAD = [[0, 1, 2], [0, 2, 3]]


def ball(rows: int, columns: int):
    v, u = np.meshgrid(np.linspace(0, np.pi, rows + 1), np.linspace(0, 2 * np.pi, columns + 1), indexing="ij")
    vertices = np.stack([np.sin(v) * np.cos(u), np.cos(v), np.sin(v) * np.sin(u)], -1).reshape(-1, 3)
    index = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    return vertices, np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])


def test_silhouette_and_depth_of_a_ball_are_analytic():
    camera = view_from((0, 0, 1), distance=3.0, size=200)
    mask, points = (out[0] for out in Renderer(mesh_of(*ball(200, 400))).draw(camera))
    radius = camera.focal[0, 0].item() / math.sqrt(3.0**2 - 1)
    assert mask[3].sum().item() == pytest.approx(math.pi * radius**2, rel=2e-3)
    v, u = torch.meshgrid(torch.arange(200) + 0.5, torch.arange(200) + 0.5, indexing="ij")
    ray = torch.stack([u - 100, v - 100, camera.focal[0, 0].expand_as(u)], -1)
    ray = ray / ray.norm(dim=-1, keepdim=True)
    along = 3.0 * ray[..., 2]
    depth = (along - (along**2 - 8).clamp(min=0).sqrt()) * ray[..., 2]
    inner = along**2 - 8 > 0.05  # not at the rim, where half a pixel is a long way along the surface
    # The surface point is that of the nearest of four samples, up to 0.35 pixels from the pixel's centre.
    assert (points[3] - depth)[inner].abs().max() < 0.05
    assert (points[3] - depth)[inner].abs().median() < 0.003
    assert (points[:3].norm(dim=0)[inner] - 1).abs().max() < 1e-3


def test_closed_mesh_has_no_pinholes():
    mask = Renderer(bumpy_ball(150, 150)).draw(view_from((1, 2, 3), distance=2.0, size=256))[0][0, 3]
    inside = torch.nn.functional.max_pool2d(-mask[None, None], 9, 1, 4)[0, 0] < -0.999
    grown = torch.nn.functional.max_pool2d(inside[None, None].float(), 9, 1, 4)[0, 0] > 0
    assert (mask[grown] > 0.2).all()
    interior = torch.nn.functional.avg_pool2d(mask[None, None], 5, 1, 2)[0, 0] > 0.99
    assert (mask[interior] == 1).all()


@pytest.mark.parametrize("distance", [0.0, 0.2, 0.5])
def test_ground_that_reaches_behind_the_camera_fills_the_lower_half(distance):
    ground, camera = ground_below_camera(distance)
    mask = Renderer(ground).draw(camera)[0][0, 3]
    horizon = 50 + 50 * 0.03 / (0.7 + distance)
    assert (mask[: math.floor(horizon)] == 0).all()
    assert (mask[math.ceil(horizon) : 98, 30:70] == 1).all()


def test_nearer_surface_hides_the_farther_in_any_order():
    near = [[-0.5, -0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, 0.5], [-0.5, 0.5, 0.5]]
    far = [[-1, -1, -0.5], [1, -1, -0.5], [1, 1, -0.5], [-1, 1, -0.5]]
    colors = torch.tensor([[1.0, 0, 0]] * 4 + [[0, 1.0, 0]] * 4)
    for order in (1, -1):
        faces = ([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])[::order]
        mesh = mesh_of(near + far, faces, vertex_colors=colors)
        rgba = Renderer(mesh).draw(view_from((0, 0, 1), size=64))[0][0]
        assert rgba[:3, 32, 32].tolist() == [1, 0, 0]
        # The far square, beside the near one.
        outer = (rgba[1] > 0.9).nonzero()
        assert len(outer) > 50


def test_of_two_coincident_sheets_the_one_that_faces_the_camera_is_seen():
    square = [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]
    faces = [[0, 1, 2], [0, 2, 3], [6, 5, 4], [7, 6, 4]]
    colors = torch.tensor([[1.0, 0, 0]] * 4 + [[0, 0, 1.0]] * 4)
    for view, seen in (((0.3, 0.2, 1), 0), ((0.3, -0.4, -1), 2)):
        mesh = mesh_of(square + square, faces, vertex_colors=colors)
        rgba = Renderer(mesh).draw(view_from(view, size=64))[0][0]
        covered = rgba[3] == 1
        assert rgba[seen][covered].min() > 0.999


def test_views_of_a_batch_do_not_depend_on_each_other():
    renderer = Renderer(bumpy_ball(30, 30))
    cameras = [
        view_from(direction, size=48) for direction in ((1, 0, 0), (0, 1, 0.1), (1, 1, 1), (-1, 0, 2), (0, -1, 1))
    ]
    from camera_estimation.geometry.camera import concatenate

    batch = renderer.draw(concatenate(cameras))[0]
    for index, camera in enumerate(cameras):
        assert torch.equal(batch[index], renderer.draw(camera)[0][0])


def test_texture_is_perspective_correct_and_minified_to_its_mean():
    checker = (torch.arange(512)[:, None] // 2 + torch.arange(512)[None] // 2) % 2 * 255
    texture = Texture(checker[..., None].expand(-1, -1, 3).to(torch.uint8).contiguous())
    square = [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]
    uv = [[0, 1], [1, 1], [1, 0], [0, 0]]
    rgba = Renderer(mesh_of(square, QUAD, uv, texture)).draw(view_from((0, 0, 1), distance=4, size=64))[0][0]
    inside = rgba[3] == 1
    assert (rgba[0][inside] - 0.5).abs().max() < 0.05  # 512 texels on about 40 pixels: no aliasing to noise

    ramp = (torch.arange(256)[None].expand(256, -1))[..., None].expand(-1, -1, 3).to(torch.uint8).contiguous()
    camera = view_from((1, 0, 1), distance=3, size=128)
    rgba, points = Renderer(mesh_of(square, QUAD, uv, Texture(ramp))).draw(camera)
    inside = torch.nn.functional.avg_pool2d(rgba[:, 3:], 5, 1, 2)[0, 0] > 0.999
    expected = points[0, 0] * math.sqrt(2) / 2 + 0.5  # u grows with x; vertices are scaled by the radius sqrt(2)
    assert (rgba[0, 0] - expected)[inside].abs().max() < 0.02


@pytest.mark.parametrize(("mode", "expected"), [(0, [0, 1, 0, 1]), (1, [1, 0, 0, 1]), (2, [0, 0, 0, 1])])
def test_wrap_modes(mode, expected):
    """Texture coordinates from -1 to 1 over a texture that is black on the left and white on the right."""
    halves = torch.zeros(64, 64, 3, dtype=torch.uint8)
    halves[:, 32:] = 255
    square = [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]
    uv = [[-1, 1], [1, 1], [1, 0], [-1, 0]]
    mesh = mesh_of(square, QUAD, uv, Texture(halves, wrap_u=mode, wrap_v=mode))
    row = Renderer(mesh).draw(view_from((0, 0, 1), distance=4, size=64))[0][0, 0, 32]
    columns = torch.nonzero(Renderer(mesh).draw(view_from((0, 0, 1), distance=4, size=64))[0][0, 3, 32] == 1)[:, 0]
    left, width = int(columns[0]), len(columns)
    seen = [round(row[left + int(width * (quarter + 0.5) / 4)].item()) for quarter in range(4)]
    assert seen == expected
