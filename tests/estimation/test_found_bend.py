"""Where a bent mesh is put before the camera of the mesh as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, strategies as st

from camera_estimation.configuration import DeformationConfig
from camera_estimation.estimation import AlternativePose
from camera_estimation.estimation._found_bend import _place_before
from camera_estimation.geometry import rotvec_to_rotmat, special_procrustes
from camera_estimation.refinement import SmoothDeformations
from tests.support.shapes import bumpy_ball, source_image_of, view_from
from tests.support.small_samples import camera_around_box, estimate_of

numbers = st.floats(-0.3, 0.3)


@given(st.tuples(*[numbers] * 3), st.tuples(*[numbers] * 3), st.floats(0.8, 1.25))
def test_the_answers_camera_sees_what_the_found_pose_saw(turn, move, zoom):
    camera = view_from((0.4, 0.3, 1.0)).to(torch.float64)
    camera = replace(camera, rotation=special_procrustes(camera.rotation))
    seen = replace(
        camera,
        rotation=rotvec_to_rotmat(torch.tensor([turn], dtype=torch.float64)) @ camera.rotation,
        translation=camera.translation + torch.tensor([move], dtype=torch.float64),
        focal=zoom * camera.focal,
    )
    linear, shift = _place_before(seen, camera)
    points = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    placed = torch.tensor(points @ linear.T + shift)
    expected, _ = seen.project(torch.tensor(points[None]))
    found, _ = camera.project(placed[None])
    torch.testing.assert_close(found, expected, atol=1e-8, rtol=0)
    middle = torch.tensor(shift)[None, None]
    assert torch.allclose(camera.project(middle)[1], camera.translation[:, 2:])


def test_another_answer_brings_its_own_bend():
    image = source_image_of(torch.ones(1, 4, 40, 48))
    ball = bumpy_ball(8, 12)
    deformations = SmoothDeformations(ball, DeformationConfig())
    first, second = (deformations.bend(scale * torch.ones(deformations.count), ball) for scale in (0.1, 0.2))
    camera = camera_around_box(48, 40)
    other = AlternativePose(camera, 0.25, 0.5, angle=1.0, evidence=1.0, bend=second)
    answer = estimate_of(image, bend=first, alternatives=(other,)).with_answer(other)
    assert answer.bend is second
    assert answer.alternatives[0].bend is first
