"""evidence.png beside poses.json."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation.images.depth_image import DepthImage
from camera_estimation.rendering import Renderer
from camera_estimation.results.entries import pose_entry
from camera_estimation.visualization import evidence
from tests.support.small_samples import estimate_of


@pytest.mark.parametrize(("difference", "text"), [(0.0625, "median difference 0.0625;"), (None, "covers no pixel")])
def test_the_difference_is_that_of_poses_json(sample, mesh, image, monkeypatch, difference, text):
    notes = []
    monkeypatch.setattr(evidence, "_evidence_sheet", lambda name, panels, note: notes.append(note))
    depth = DepthImage(torch.full((image.height, image.width), 5.0))
    seen = replace(image, evidence=replace(image.evidence, depth=depth))
    estimate = estimate_of(seen, depth_difference=difference)
    evidence.evidence_picture(estimate, seen, Renderer(mesh), "disc")
    assert text in notes[0]
    assert pose_entry(sample, estimate, mesh)["depth_difference"] == difference
