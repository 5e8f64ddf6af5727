from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings, strategies as st

from camera_estimation.configuration import EvidenceConfig
from camera_estimation.geometry.camera import retract
from camera_estimation.images._crop import Crop
from camera_estimation.images.evidence import Evidence
from camera_estimation.images.keypoints import Keypoints
from camera_estimation.images.view_evidence import (
    ViewDepth,
    ViewEvidence,
    ViewKeypoints,
    window_evidence,
    within_fences,
)
from camera_estimation.losses.depth_cost import align_depth, depth_cost, match_median_depth
from camera_estimation.losses.evidence import (
    evidence_cost,
    evidence_information,
    keypoint_cost,
    keypoint_evidence,
    linearize_evidence,
)
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, mesh_of, view_from

TRUTH = view_from((0.4, 0.3, 1.0))
POINTS = torch.nn.functional.normalize(torch.randn(6, 3, generator=torch.Generator().manual_seed(3)), dim=1)
STEP = torch.tensor([[0.02, -0.03, 0.05, 0.02, -0.01, 0.03, 0.02]])
TOLERANCE = 0.03


def keypoints() -> ViewKeypoints:
    uv, _ = TRUTH.project(POINTS[None])
    return ViewKeypoints(POINTS, uv[0], torch.full((6,), 1 / 6))


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(bumpy_ball(40, 60))


@pytest.fixture(scope="module")
def depth(renderer) -> ViewDepth:
    _, points = renderer.draw(TRUTH)
    return ViewDepth(points[:, 3:4], (points[:, 3:4] > 0).float(), "metric")


def as_kind(depth: ViewDepth, kind: str, scale: float = 0.3, shift: float = 2.0) -> ViewDepth:
    values = 1 / depth.depth.clamp(min=1e-3) if kind == "inverse" else depth.depth
    return ViewDepth(torch.where(depth.known > 0, scale * values + shift, 0.0), depth.known, kind)


def test_nothing_is_contradicted_at_the_true_pose(renderer, depth):
    _, points = renderer.draw(TRUTH)
    for kind in ("metric", "relative", "inverse"):
        evidence = ViewEvidence(keypoints(), depth if kind == "metric" else as_kind(depth, kind))
        assert float(evidence_cost(evidence, TRUTH, points)) < 1e-5


def test_gradient_and_normal_equations_of_keypoints_agree_with_differences():
    evidence = ViewEvidence(keypoints())
    camera = retract(TRUTH, STEP)
    none = torch.zeros(1, 5, 8, 8)
    cost, normal, gradient = linearize_evidence(evidence, camera, none, 7)
    assert torch.allclose(cost, evidence_cost(evidence, camera, none))
    reach = 1e-3
    numeric = []
    for index in range(7):
        aside = torch.zeros(1, 7)
        aside[0, index] = reach
        ahead, behind = (evidence_cost(evidence, retract(camera, sign * aside), none) for sign in (1, -1))
        numeric.append(float(ahead - behind) / (2 * reach))
    assert torch.allclose(-2 * gradient[0], torch.tensor(numeric), rtol=0.02, atol=0.01 * float(gradient.abs().max()))
    assert (torch.linalg.eigvalsh(normal[0].double()) > -1e-9).all()


@pytest.mark.parametrize("kind", ["metric", "relative", "inverse"])
def test_gradient_of_depth_agrees_with_rendering_again(renderer, depth, kind):
    """The true cost, of the surface drawn anew from each camera; rims appear and disappear, hence the tolerance."""
    given_depth = depth if kind == "metric" else as_kind(depth, kind)
    camera = retract(TRUTH, STEP)

    def cost(step):
        camera_there = retract(camera, step)
        return float(depth_cost(given_depth, camera_there, renderer.draw(camera_there)[1], TOLERANCE))

    reach, parameters = 0.01, 6
    numeric = []
    for index in range(parameters):
        aside = torch.zeros(1, parameters)
        aside[0, index] = reach
        numeric.append((cost(aside) - cost(-aside)) / (2 * reach))
    numeric = torch.tensor(numeric)
    evidence = ViewEvidence(depth=given_depth)
    _, points = renderer.draw(camera)
    gradient = -2 * linearize_evidence(evidence, camera, points, parameters)[2][0] / evidence.config.depth_weight
    assert torch.nn.functional.cosine_similarity(gradient, numeric, dim=0) > 0.9
    step = torch.zeros(1, parameters, requires_grad=True)
    depth_cost(given_depth, retract(camera, step), points, TOLERANCE).sum().backward()
    assert torch.nn.functional.cosine_similarity(step.grad[0], numeric, dim=0) > 0.9


def test_one_wrong_keypoint_costs_its_share_however_wrong_it_is():
    points = keypoints()
    costs = []
    for off in (60.0, 600.0):
        uv = points.uv.clone()
        uv[0, 0] += off
        costs.append(float(keypoint_cost(ViewKeypoints(points.xyz, uv, points.confidence), TRUTH, 5.0)))
    assert costs == pytest.approx([1 / 6, 1 / 6], rel=0.02)


def test_points_behind_the_camera_are_wrong_and_finite():
    behind = ViewKeypoints(torch.tensor([[0.0, 0.0, 50.0]]), torch.tensor([[64.0, 64.0]]), torch.ones(1))
    camera = view_from((0.0, 0.0, 1.0))
    assert float(camera.project(behind.xyz[None])[1]) < 0
    assert float(keypoint_cost(behind, camera, 5.0)) == 1
    cost, normal, gradient = linearize_evidence(ViewEvidence(behind), camera, torch.zeros(1, 5, 8, 8), 6)
    assert all(torch.isfinite(tensor).all() for tensor in (cost, normal, gradient))


@settings(max_examples=20)
@given(scale=st.floats(0.01, 100), shift=st.floats(-5, 5))
def test_scale_and_shift_of_relative_depth_do_not_count(scale, shift):
    renderer = Renderer(bumpy_ball(16, 24))
    _, points = renderer.draw(TRUTH)
    true = points[:, 3:4]
    given_depth = ViewDepth(torch.where(true > 0, scale * true + shift, 0.0), (true > 0).float(), "relative")
    fitted, seen = align_depth(given_depth, points, TOLERANCE)
    assert torch.allclose(fitted, true * seen, atol=0.02)


def test_a_few_absurd_depths_do_not_move_scale_and_shift(renderer, depth):
    _, points = renderer.draw(TRUTH)
    relative = as_kind(depth, "relative")
    wrong = relative.depth.clone()
    wrong[..., ::7, ::3] *= 3
    known = relative.known * within_fences(wrong, relative.known)
    right = torch.ones_like(wrong, dtype=torch.bool)
    right[..., ::7, ::3] = False
    assert torch.equal(known[right], relative.known[right])
    fitted, seen = align_depth(ViewDepth(wrong, known, "relative"), points, TOLERANCE)
    assert ((fitted - points[:, 3:4]) * seen)[right].abs().max() < 0.1


def test_background_at_the_rim_does_not_push_the_surface_away(renderer, depth):
    """Sensors see what is behind at the rim: 9 % of the pixels here, far away, and near enough to be believed."""
    inner = -torch.nn.functional.max_pool2d(-depth.known, 3, stride=1, padding=1)
    for behind in (10.0, 0.5):
        values = torch.where((depth.known > 0) & (inner == 0), depth.depth + behind, depth.depth)
        known = depth.known * within_fences(values, depth.known)
        costs = []
        for ratio in (1.0, 1.02, 1.05):
            camera = retract(TRUTH, torch.zeros(1, 6))
            camera.translation.mul_(ratio)
            costs.append(
                float(depth_cost(ViewDepth(values, known, "metric"), camera, renderer.draw(camera)[1], TOLERANCE))
            )
        assert costs == sorted(costs)


def test_gaps_cost_only_what_they_hide():
    """Every fiftieth value missing, as of a sensor: nearly all of the small view is still known."""
    height = width = 256
    values = torch.linspace(2, 3, height)[:, None].expand(height, width)[None, None].clone()
    values[0, 0, torch.rand(height, width, generator=torch.Generator().manual_seed(0)) < 0.02] = 0
    values[..., 200:] = 5.0  # another surface
    whole = ViewEvidence(depth=ViewDepth(values, (values > 0).float(), "metric"))
    small = whole.resize((0.0, 0.0, 256.0, 256.0), 64, 64).depth
    assert float(small.known[..., :48].mean()) > 0.98
    row = torch.linspace(2, 3, 64)[:, None]
    assert ((small.depth[0, 0, :, :48] - row).abs()[small.known[0, 0, :, :48] > 0] < 0.02).all()
    edge = small.depth[0, 0, :, 49:51][small.known[0, 0, :, 49:51] > 0]
    assert ((edge < 3.1) | (edge > 4.9)).all()  # of either surface, of none between


def test_a_surface_turned_inside_out_is_no_fit(renderer, depth):
    _, points = renderer.draw(TRUTH)
    inverted = ViewDepth(torch.where(depth.known > 0, 10 - depth.depth, 0.0), depth.known, "relative")
    assert float(depth_cost(inverted, TRUTH, points, TOLERANCE)) > 1


def test_distance_and_focal_length_follow_metric_depth(renderer, depth):
    ratio = 1.4
    wrong = retract(TRUTH, torch.zeros(1, 7))
    wrong.translation.mul_(ratio)
    wrong.focal.mul_(ratio)
    right = match_median_depth(depth, wrong, renderer.draw(wrong)[1])
    assert float(right.translation[0, 2]) == pytest.approx(float(TRUTH.translation[0, 2]), rel=0.02)
    assert float(right.focal[0, 0] / right.translation[0, 2]) == pytest.approx(
        float(TRUTH.focal[0, 0] / TRUTH.translation[0, 2]), rel=1e-4
    )


def test_what_is_known_makes_the_pose_surer(renderer, depth):
    _, points = renderer.draw(TRUTH)
    information = evidence_information(ViewEvidence(keypoints(), depth), TRUTH, points, 7)[0].double()
    assert (torch.linalg.eigvalsh(information) > 0).all()


def test_points_of_no_confidence_tell_nothing():
    camera = TRUTH.to(torch.float64)
    mesh = mesh_of(POINTS, [[0, 1, 2]], normalize=False)
    uv, _ = camera.project(POINTS.double()[None])
    window = torch.ones(1, 1, 128, 128)

    def of(confidence):
        given = Keypoints(POINTS.double(), uv[0], torch.tensor(confidence).double(), tuple("abcdef"))
        whole = Crop(0, 0, 128, 128, 128, 128)
        return window_evidence(Evidence(given), mesh, window, whole, EvidenceConfig()).keypoints

    assert len(of([1.0, 1.0, 1.0, 1.0, 0.0, 0.0]).uv) == 4
    assert float(of([1.0, 1.0, 1.0, 1.0, 0.0, 0.0]).count) == pytest.approx(4)
    assert float(of([1.0, 0.01, 0.01, 0.01, 0.01, 0.01]).count) == pytest.approx(1, abs=0.15)


def test_keypoints_speak_against_a_turned_pose():
    turned = retract(TRUTH, torch.tensor([[0.0, 1.5, 0.0, 0.0, 0.0, 0.0]]))
    both = retract(TRUTH[[0, 0]], torch.zeros(2, 6))
    both.rotation[1] = turned.rotation[0]
    against = keypoint_evidence(keypoints(), both, 5.0)
    assert against[0] == 0
    assert against[1] > 3
