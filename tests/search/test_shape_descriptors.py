"""Descriptors of plain meshes against brute force, and the search that compares them."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.losses.normals import screen_normals, spherical_harmonics
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search._shape_descriptors import CONTRAST_FLOOR, SHADING_RIDGE, shape_descriptors
from tests.support.shapes import bumpy_ball, view_from

GENERATOR = torch.Generator().manual_seed(0)
LIGHT = torch.tensor([0.3, 0.9, 0.5])


@pytest.fixture(scope="module")
def view():
    """Render and normals of a lumpy ball at the size of descriptors."""
    rgba, points = Renderer(bumpy_ball(40, 40)).draw(view_from((0.3, 0.5, 1.0), size=32))
    return rgba, screen_normals(points)


def test_share_that_light_explains_is_that_of_ridge_regression(view):
    rgba, normals = view
    shape = shape_descriptors(normals, rgba[:, 3:])
    brightness = torch.rand((1, 1, 32, 32), generator=GENERATOR) * rgba[:, 3:]
    picture = torch.cat([brightness.expand(-1, 3, -1, -1), rgba[:, 3:]], dim=1)
    inside = shape.inside[0] > 0
    basis, seen = spherical_harmonics(normals)[0, 1:].flatten(1)[:, inside].T, brightness.flatten()[inside]
    basis, seen = (basis - basis.mean(0)).double(), (seen - seen.mean()).double()
    ridge = SHADING_RIDGE * len(seen) * torch.eye(basis.shape[1])
    fit = basis @ torch.linalg.solve(basis.T @ basis + ridge, basis.T @ seen)
    share = (fit @ seen) / (seen @ seen + len(seen) * CONTRAST_FLOOR**2)
    assert shape.shading_share(picture).item() == pytest.approx(share.item(), abs=0.003)


def test_light_explains_a_shaded_picture_and_no_print(view):
    rgba, normals = view
    shape = shape_descriptors(normals, rgba[:, 3:])
    shaded = 0.3 + 0.6 * (normals * LIGHT[:, None, None]).sum(1, keepdim=True).clamp(min=0)
    stripes = (torch.arange(32) // 3 % 2).float().expand(1, 1, 32, 32)
    lit, printed = (
        shape.shading_share(torch.cat([(image * rgba[:, 3:]).expand(-1, 3, -1, -1), rgba[:, 3:]], dim=1)).item()
        for image in (shaded, stripes)
    )
    assert lit > 0.85
    assert printed < 0.2
