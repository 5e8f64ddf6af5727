"""Overlap of silhouettes, of meshes with holes in their textures too."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.evaluation.pose_errors._silhouettes import RESOLUTION, silhouette_overlap
from camera_estimation.rendering import Renderer
from tests.rendering.test_cutouts import lattice
from tests.support.shapes import bumpy_ball, view_from


@pytest.mark.parametrize("make", [lattice, lambda: bumpy_ball(16, 24)])
def test_overlap_is_that_of_what_is_drawn(make):
    renderer = Renderer(make())
    views = [view_from(axis, size=RESOLUTION) for axis in ((0.0, 0.1, 1.0), (0.2, 0.0, 1.0))]
    first, second = (renderer.draw(view)[0][:, 3] for view in views)
    expected = torch.minimum(first, second).sum() / torch.maximum(first, second).sum()
    assert 0.1 < expected < 0.999
    found = silhouette_overlap(renderer, *(renderer.mesh.to_world(view.to(torch.float64)) for view in views))
    assert found == pytest.approx(expected.item(), abs=5e-3)  # its window holds the silhouettes closely


def test_its_masks_are_those_of_pictures(monkeypatch):
    """The colors are left away, and nothing of the outline."""
    renderer = Renderer(lattice())
    views = [view_from(axis, size=RESOLUTION) for axis in ((0.0, 0.1, 1.0), (0.2, 0.0, 1.0))]
    whole = (0.0, 0.0, float(RESOLUTION), float(RESOLUTION))
    monkeypatch.setattr("camera_estimation.evaluation.pose_errors._silhouettes._common_window", lambda _: whole)
    first, second = (renderer.draw(view)[0][:, 3] for view in views)
    expected = torch.minimum(first, second).sum().item() / torch.maximum(first, second).sum().item()
    assert silhouette_overlap(renderer, *(renderer.mesh.to_world(view) for view in views)) == expected
