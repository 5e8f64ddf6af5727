"""Areas of the target that something hides: at little cost, and without pull on the pose."""

from __future__ import annotations

import math

import pytest
import torch

from camera_estimation.estimation._silhouette_fit import fit_silhouette
from camera_estimation.geometry.camera import retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.losses import PoseScorer
from camera_estimation.losses.appearance import HIDDEN_COST, compare, coverage_trust, ranking_score
from camera_estimation.refinement.gauss_newton import refine
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, target_view, view_from

CAMERA = view_from((0.5, 0.4, 1.0), size=96)
START = torch.tensor([[0.06, -0.05, 0.07, 0.04, -0.03, 0.04]])  # about 6 degrees
ERASED = (slice(30, 58), slice(52, 96))  # 22 % of the silhouette, at its right


@pytest.fixture(scope="module")
def renderer():
    return Renderer(bumpy_ball(60, 60))


@pytest.fixture(scope="module")
def whole(renderer):
    return target_view(renderer, CAMERA)


@pytest.fixture(scope="module")
def hidden(renderer):
    return target_view(renderer, CAMERA, ERASED)


def cost_of(rgba, target, hidden_from=None) -> float:
    return compare(rgba, target.rgba, target.pixel_weight, hidden_from=hidden_from).cost.item()


def error_deg(camera) -> float:
    return math.degrees(rotmat_geodesic_distance(camera.rotation, CAMERA.rotation).item())


def test_rims_are_trusted_and_areas_are_not():
    rim, area = torch.zeros(2, 1, 1, 96, 96)
    rim[..., 20:70, 40] = 0.5
    area[..., 30:60, 30:60] = 1
    for hidden_from in (0.2, 0.3, 0.5):
        assert coverage_trust(rim, hidden_from)[rim > 0].min() > 0.85
        assert coverage_trust(area, hidden_from)[..., 38:52, 38:52].max() < 0.1
        assert coverage_trust(torch.zeros_like(rim), hidden_from).eq(1).all()
    trusts = [coverage_trust(area, hidden_from).mean().item() for hidden_from in (0.2, 0.3, 0.5)]
    assert trusts == sorted(trusts)


def test_sign_of_the_difference_does_not_matter(renderer, whole, hidden):
    """What a wrong mask adds counts as what something hides."""
    difference = whole.rgba[:, 3:] - hidden.rgba[:, 3:]
    assert torch.equal(coverage_trust(difference, 0.2), coverage_trust(-difference, 0.2))


def test_hidden_areas_cost_little(renderer, whole, hidden):
    rgba, _ = renderer.draw(CAMERA)
    share = 1 - (hidden.rgba[:, 3].sum() / whole.rgba[:, 3].sum()).item()
    assert share == pytest.approx(0.22, abs=0.02)
    assert cost_of(rgba, hidden, 0.2) < 0.3 * cost_of(rgba, hidden)
    # Of each hidden pixel HIDDEN_COST, per pixel of the object that is seen; the rim of the area costs something too.
    assert cost_of(rgba, hidden, 0.2) == pytest.approx(HIDDEN_COST * share / (1 - share), abs=0.02)


def test_nothing_changes_where_nothing_is_hidden(renderer, whole):
    rgba, _ = renderer.draw(CAMERA)
    assert cost_of(rgba, whole, 0.2) == pytest.approx(cost_of(rgba, whole), rel=0.02)
    together = refine(renderer, retract(CAMERA, START), PoseScorer(whole, 1.0, hidden_from=0.2), 20)
    assert error_deg(together.camera) < 0.6


@pytest.mark.parametrize("hidden_from", [None, 0.2])
def test_cost_is_the_sum_of_its_map(renderer, hidden, hidden_from):
    rgba, _ = renderer.draw(retract(CAMERA, START))
    comparison = compare(rgba, hidden.rgba, hidden.pixel_weight, hidden_from=hidden_from)
    assert torch.allclose(comparison.cost, comparison.cost_map.sum((1, 2, 3)))
    assert (comparison.cost_map >= 0).all()


def test_hidden_area_pulls_no_pose(renderer, hidden):
    """Measured: 8.0 degrees with all of the mask believed, 0.9 with areas of difference left out."""
    believed, left_out = (
        refine(renderer, retract(CAMERA, START), PoseScorer(hidden, 1.0, hidden_from=hidden_from), 25)
        for hidden_from in (None, 0.2)
    )
    assert error_deg(believed.camera) > 4
    assert error_deg(left_out.camera) < 1.5
    assert (left_out.camera.translation - CAMERA.translation).norm() < 0.04
    assert left_out.score.item() < 0.4 * believed.score.item()


def test_true_pose_ranks_before_poses_that_shrink_into_what_is_seen(renderer, hidden):
    others = retract(CAMERA[[0] * 4], torch.tensor([[0.2, 0, 0, 0, 0, 0.0], [0, 0, 0, -0.2, 0, 0.1]]).repeat(2, 1))
    scores = [
        ranking_score(renderer.draw(camera)[0], hidden.rgba, hidden.pixel_weight, hidden_from=0.2)
        for camera in (CAMERA, others)
    ]
    assert (scores[1] > 1.2 * scores[0]).all()


def test_fit_of_a_silhouette_tells_a_hidden_area_from_a_wrong_rim(renderer, whole, hidden):
    mask = renderer.draw(CAMERA)[0][:, 3:]
    shifted = renderer.draw(retract(CAMERA, torch.tensor([[0, 0, 0, 0.04, 0, 0.0]])))[0][:, 3:]
    true, rim, area = (
        fit_silhouette(*pair, 0.2, occluded=False) for pair in ((mask, whole), (shifted, whole), (mask, hidden))
    )
    assert true.rim < 0.1
    assert true.hidden < 0.005
    # A shift of 0.04 radii is 1.3 pixels, in the mean over the rim's directions two thirds of that.
    assert rim.rim == pytest.approx(0.67 * 0.04 * CAMERA.focal[0, 0].item() / 4, rel=0.3)
    assert rim.hidden < 0.05
    assert 0.15 < area.hidden < 0.25
    assert fit_silhouette(mask, hidden, 0.2, occluded=True).rim < 0.2 * area.rim
    assert area.is_partly_hidden
    assert area.beyond == pytest.approx(area.hidden, rel=0.05)  # it is the mask that lacks something


def test_a_pose_that_looks_past_the_object_is_no_hidden_one(renderer, whole):
    past = fit_silhouette(torch.zeros_like(whole.rgba[:, 3:]), whole, 0.2, occluded=True)
    assert past.is_hidden
    assert not past.is_partly_hidden
