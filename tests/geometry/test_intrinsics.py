from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, strategies as st

from camera_estimation.geometry.camera import make_camera
from camera_estimation.geometry.intrinsics import intrinsics_from_fov


@given(st.floats(0.05, 3.0), st.integers(1, 4000), st.integers(1, 4000))
def test_field_of_view_comes_back(fov, width, height):
    intrinsics = intrinsics_from_fov(fov, width, height)
    assert intrinsics[2:].tolist() == [width / 2, height / 2]
    camera = make_camera(torch.eye(4, dtype=torch.float64)[None], intrinsics, width, height)
    assert float(camera.fov) == pytest.approx(fov)
    top = torch.tensor([[[0.0, -math.tan(fov / 2), 1.0]]], dtype=torch.float64)  # on the upper border's middle
    assert camera.project(top)[0][0, 0].tolist() == pytest.approx([width / 2, 0.0], abs=1e-6)
