from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation.mesh.textured_mesh import Texture
from camera_estimation.rendering.color_contrast import is_of_one_color
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import box, round_ball


@pytest.mark.parametrize("gray", [0, 128, 255])
def test_one_color_is_none(gray):
    assert is_of_one_color(Renderer(box(texture=Texture(torch.full((1, 1, 3), gray, dtype=torch.uint8)))))


def test_a_texture_that_no_face_uses_is_no_color():
    texels = torch.full((64, 64, 3), 100, dtype=torch.uint8)
    texels[:, 40:] = 250
    mesh = round_ball(20, 20, Texture(texels))
    assert not is_of_one_color(Renderer(mesh))
    assert is_of_one_color(Renderer(replace(mesh, uv=0.1 + 0.3 * mesh.uv)))


def test_a_print_on_one_side_is_a_color():
    texels = torch.full((60, 60, 3), 200, dtype=torch.uint8)
    texels[35:55, 5:15] = torch.tensor([180, 20, 20], dtype=torch.uint8)
    assert not is_of_one_color(Renderer(box(texture=Texture(texels))))


def test_colors_of_vertices_are_colors():
    mesh = box()
    painted = replace(mesh, vertex_colors=0.5 + 0.5 * mesh.vertices)
    assert not is_of_one_color(Renderer(painted))
