from __future__ import annotations

import torch

from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search import simplification
from camera_estimation.search.simplification import simplify
from tests.support.shapes import bumpy_ball, view_from


def test_small_meshes_stay_as_they_are():
    mesh = bumpy_ball(20, 20)
    assert simplify(mesh, 1000) is mesh


def test_copy_looks_like_the_original_with_its_texture():
    mesh = bumpy_ball(200, 200)  # 80 k faces
    copy = simplify(mesh, 6000)
    assert 1500 < len(copy.faces) <= 6000
    for direction in ((1, 0.3, 0.2), (-0.3, 1, 0.5), (0, -0.4, -1)):
        camera = view_from(direction, size=96)
        first, second = Renderer(mesh).draw(camera)[0][0], Renderer(copy).draw(camera)[0][0]
        assert torch.minimum(first[3], second[3]).sum() / torch.maximum(first[3], second[3]).sum() > 0.97
        both = (first[3] == 1) & (second[3] == 1)
        error = (first[:3] - second[:3])[:, both].abs().mean()
        contrast = (first[:3] - first[:3][:, both].mean(1)[:, None, None])[:, both].abs().mean()
        assert error < 0.35 * contrast


def test_estimates_of_how_many_faces_are_left_change_nothing(monkeypatch):
    mesh = bumpy_ball(120, 120)
    copies = []
    for counted, at_once in ((10**9, 10**9), (500, 1000)):
        monkeypatch.setattr(simplification, "FACES_COUNTED", counted)
        monkeypatch.setattr(simplification, "FACES_AT_ONCE", at_once)
        copies.append(simplify(mesh, 3000))
    assert torch.equal(copies[0].faces, copies[1].faces)
    assert torch.allclose(copies[0].vertices, copies[1].vertices, atol=1e-5)
