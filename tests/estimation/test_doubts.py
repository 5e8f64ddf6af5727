"""Lines about answers that the picture leaves open."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.doubts import doubts_of


def doubts_about(fov_deg: float, estimated: bool) -> list[str]:
    camera = SimpleNamespace(fov=torch.tensor([math.radians(fov_deg)]))
    nothing = {"keypoints": None, "depth_difference": None, "config": Configuration()}
    return doubts_of(SimpleNamespace(camera=camera, focal_estimated=estimated, **nothing), radius=1.0)


@pytest.mark.parametrize(("fov_deg", "told"), [(3.0, "without perspective"), (120.0, "more perspective")])
def test_a_field_of_view_at_its_bound_is_told(fov_deg, told):
    (line,) = doubts_about(fov_deg, estimated=True)
    assert told in line
    assert f"{fov_deg:g} degrees" in line
    assert "--fov_deg" in line


@pytest.mark.parametrize(("fov_deg", "estimated"), [(3.0, False), (3.2, True), (40.0, True)])
def test_others_are_not(fov_deg, estimated):
    assert doubts_about(fov_deg, estimated) == []
