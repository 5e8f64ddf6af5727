"""Surfaces with transparent parts are drawn as if those were not there, with gradients too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from camera_estimation.geometry.camera import retract
from camera_estimation.mesh.textured_mesh import MIRRORED_REPEAT, Texture, TexturedMesh
from camera_estimation.rendering.renderer import Renderer, create_renderer
from camera_estimation.search.simplification import simplify
from tests.rendering.test_pose_gradient import FINE, STEP, loss_of, reference_gradient
from tests.support.shapes import bumpy_ball, mesh_of, smooth_texture, view_from

SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=float)
SQUARE_FACES = [[0, 1, 2], [0, 2, 3]]
SQUARE_UV = [[0, 1], [1, 1], [1, 0], [0, 0]]
TEXELS = 256
RED, GREEN = (torch.tensor(color, dtype=torch.uint8).reshape(1, 1, 3) for color in ((255, 0, 0), (0, 255, 0)))


def disc_opacity(radius: float = 0.7) -> torch.Tensor:
    """Of a picture of [-1, 1]: a disc with a soft rim, which crosses one half at its radius."""
    place = (torch.arange(TEXELS) + 0.5) / TEXELS * 2 - 1
    distance = (place[:, None] ** 2 + place[None] ** 2).sqrt()
    return (255 * (0.5 + (radius - distance) * TEXELS / 8).clamp(0, 1)).round().to(torch.uint8)


def card(opacity: torch.Tensor, cutoff: float = 0.5, color: torch.Tensor = RED) -> TexturedMesh:
    texture = Texture(color.expand(*opacity.shape, 3).contiguous(), opacity=opacity, cutoff=cutoff)
    return mesh_of(SQUARE, SQUARE_FACES, SQUARE_UV, texture, normalize=False)


def disc(radius: float = 0.7, corners: int = 200) -> TexturedMesh:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    rim = radius * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    number = np.arange(corners)
    faces = np.stack([0 * number, 1 + number, 1 + (number + 1) % corners], axis=1)
    return mesh_of(np.concatenate([[[0, 0, 0]], rim]), faces, texture=Texture(RED), normalize=False)


def test_a_disc_on_a_card_is_drawn_as_a_disc():
    camera = view_from((0.5, 0.3, 1.0), size=128)
    found, expected = (Renderer(mesh).render(camera) for mesh in (card(disc_opacity()), disc()))
    assert (found.mask - expected.mask).abs().sum() / expected.mask.sum() < 0.005
    assert (found.image - expected.image).abs().sum() / expected.mask.sum() < 0.01
    fast = Renderer(card(disc_opacity())).draw(camera)[0]
    assert (fast[:, 3:] - expected.mask).abs().sum() / expected.mask.sum() < 0.01


def test_what_is_behind_shows_through():
    front, back = card(disc_opacity()), card(torch.full((2, 2), 255, dtype=torch.uint8), 0.0, GREEN)
    both = replace(
        front,
        vertices=torch.cat([front.vertices, 0.5 * back.vertices - torch.tensor([0.0, 0.0, 0.5])]),
        faces=torch.cat([front.faces, back.faces + 4]),
        uv=torch.cat([front.uv, back.uv]),
        vertex_colors=torch.ones(8, 3),
        face_texture=torch.tensor([0, 0, 1, 1], dtype=torch.int32),
        textures=(replace(front.textures[0], opacity=255 - front.textures[0].opacity), back.textures[0]),
    )
    image = Renderer(both).render(view_from((0, 0, 1), size=64)).image[0]
    assert image[:, 32, 32].tolist() == [0, 1, 0]  # through the hole
    assert image[:, 32, 14].tolist() == pytest.approx([1, 0, 0], abs=0.01)  # on the card


@pytest.mark.parametrize("wrap", [0, MIRRORED_REPEAT])
def test_opacity_repeats_as_its_texture_does(wrap):
    half = torch.zeros(4, 4, dtype=torch.uint8)
    half[:, 2:] = 255
    texture = Texture(RED.expand(4, 4, 3).contiguous(), wrap_u=wrap, opacity=half, cutoff=0.5)
    mesh = mesh_of(SQUARE, SQUARE_FACES, 2 * np.array(SQUARE_UV), texture, normalize=False)
    row = Renderer(mesh).render(view_from((0, 0, 1), distance=3.0, size=256)).mask[0, 0, 128]
    edges = (row[1:] - row[:-1]).abs().sum()
    # Two periods have two drawn parts, which meet where the second is mirrored.
    assert edges == (2 if wrap == MIRRORED_REPEAT else 4)


def test_opacity_of_vertices_is_interpolated():
    mesh = replace(card(torch.full((1, 1), 255, dtype=torch.uint8)), vertex_opacity=torch.tensor([0.0, 1.0, 1.0, 0.0]))
    mask = Renderer(mesh).render(view_from((0, 0, 1), size=128)).mask[0, 0]
    right = Renderer(mesh_of(np.maximum(SQUARE, [0, -1, 0]), SQUARE_FACES, normalize=False))
    assert torch.equal(mask, right.render(view_from((0, 0, 1), size=128)).mask[0, 0])


def lattice() -> TexturedMesh:
    """A lumpy ball with holes all over, through which its inside is seen."""
    ball = bumpy_ball(40, 40, smooth_texture(TEXELS))
    place = torch.arange(TEXELS) * 2 * torch.pi / TEXELS
    opacity = 127.5 * (1.3 + torch.sin(4 * place)[:, None] * torch.sin(5 * place)[None])
    return replace(ball, textures=(replace(ball.textures[0], opacity=opacity.clamp(0, 255).byte(), cutoff=0.5),))


def test_cut_outs_that_cut_nothing_out_change_nothing():
    ball = bumpy_ball(40, 40)
    full = replace(ball.textures[0], opacity=torch.full((256, 256), 255, dtype=torch.uint8), cutoff=0.5)
    camera = view_from((0.3, 0.2, 1.0), size=96)
    expected, found = (Renderer(mesh).render(camera) for mesh in (ball, replace(ball, textures=(full,))))
    assert torch.equal(found.image, expected.image)
    assert torch.equal(found.points, expected.points)


def test_gradients_with_holes():
    renderer = Renderer(lattice())
    camera = view_from((0.5, 0.4, 1.0), size=128)
    target = renderer.supersample(retract(camera, torch.full((1, 7), 0.02)), FINE)
    step = torch.zeros(1, 7, requires_grad=True)
    view = renderer.render(retract(camera, step))
    loss_of(torch.cat([view.image, view.mask], dim=1), target).backward()
    expected = reference_gradient(renderer, camera, target, STEP)
    assert torch.cosine_similarity(step.grad[0], expected, dim=0) >= 0.98
    assert step.grad[0].norm() / expected.norm() == pytest.approx(1.0, abs=0.1)


def test_a_coarse_copy_keeps_its_holes():
    mesh = replace(lattice(), vertex_opacity=torch.ones(len(bumpy_ball(40, 40).vertices)))
    coarse = simplify(mesh, 1500)
    camera = view_from((0.5, 0.4, 1.0), size=96)
    fine, rough = (Renderer(item).render(camera).mask for item in (mesh, coarse))
    assert (fine - rough).abs().sum() / fine.sum() < 0.1
    moved = Renderer(mesh).with_vertices(mesh.vertices)
    assert torch.equal(moved.render(camera).mask, fine)


@pytest.mark.parametrize("vertex_opacity", [False, True])
def test_pytorch3d_agrees(vertex_opacity):
    from camera_estimation.errors import InputError
    from camera_estimation.rendering.renderer import check_renderer

    try:
        check_renderer("pytorch3d")
    except InputError as error:
        pytest.skip(str(error))
    mesh = lattice()
    if vertex_opacity:
        mesh = replace(mesh, vertex_opacity=(0.6 + mesh.vertices[:, 0]).clamp(0, 1))
    camera = view_from((0.5, 0.4, 1.0), size=64)
    ours, theirs = (create_renderer(mesh, name).render(camera) for name in ("warp", "pytorch3d"))
    assert (ours.mask - theirs.mask).abs().sum() / ours.mask.sum() < 1e-3
    assert (ours.image - theirs.image).abs().sum() / ours.mask.sum() < 2e-3
