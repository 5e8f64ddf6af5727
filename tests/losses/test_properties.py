"""What holds for every objective: those that need no download, and perceptual ones with weights that the test makes.

Of the perceptual distances themselves test_dreamsim_distance.py and test_lpips_distance.py test most of this.
"""

from __future__ import annotations

import math

import pytest
import torch

from camera_estimation.geometry.camera import retract
from camera_estimation.losses._target_cache import TargetCache
from camera_estimation.losses.call_form import evaluate
from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.losses.registry import loss_classes
from camera_estimation.rendering.renderer import Renderer
from tests.support.pictures import make_pictures
from tests.support.shapes import bumpy_ball, view_from

SMALL = {
    "dreamsim": {"dreamsim_type": "open_clip_vitb32"},
    "lpips": {"net": "squeeze"},
    "featuremetric": {"layer": 4},
    "hybrid": {"dreamsim_type": "open_clip_vitb32", "net": "squeeze"},
}
PERCEPTUAL = [pytest.param(name, marks=pytest.mark.slow) for name in SMALL]
WITHOUT_DOWNLOAD = sorted(set(loss_classes()) - set(SMALL))
# Weighed by the target's area or distances, or lit as the render is: not alike both ways.
ONE_WAY = {"silhouette_color", "silhouette_distance"}
every_objective = pytest.mark.parametrize("name", [*WITHOUT_DOWNLOAD, *PERCEPTUAL])
every_light_objective = pytest.mark.parametrize("name", WITHOUT_DOWNLOAD)


@pytest.fixture
def objective(name, request):
    if name in SMALL:
        request.getfixturevalue("weights")
    return create_loss_objective(name, **SMALL.get(name, {}))


@pytest.fixture(scope="module")
def path():
    """Renders of a textured object from poses nearer and nearer to the last, which is the target's."""
    renderer = Renderer(bumpy_ball(40, 60))
    camera = view_from((0.3, 0.4, 1.0), distance=4.5, size=112)
    whole = torch.tensor([[0.4, 0.9, 0.3, 0.3, -0.2, 0.4]])  # turned, aside and away
    views = [retract(camera, math.radians(degrees) * whole) for degrees in (24, 16, 8, 3, 0)]
    rgba = torch.cat([renderer.supersample(view, 2) for view in views])
    return rgba[:, :3], rgba[-1:, :3].clone(), rgba[:, 3:], rgba[-1:, 3:].clone()


@every_light_objective
def test_identity_costs_nothing(objective):
    rendered, _, mask, _ = make_pictures(2)
    losses = objective.compute_loss(rendered, rendered.clone(), mask, mask.clone())
    torch.testing.assert_close(losses, torch.zeros(2), atol=1e-5, rtol=0)


@every_light_objective
def test_values_do_not_depend_on_the_rest_of_the_batch(objective):
    rendered, target, rendered_mask, target_mask = make_pictures(3)
    together = objective.compute_loss(rendered, target, rendered_mask, target_mask)
    alone = [
        objective.compute_loss(rendered[i : i + 1], target, rendered_mask[i : i + 1], target_mask) for i in range(3)
    ]
    torch.testing.assert_close(together, torch.cat(alone), atol=2e-6, rtol=1e-5)
    targets = target.repeat(3, 1, 1, 1), target_mask.repeat(3, 1, 1, 1)
    repeated = objective.compute_loss(rendered, targets[0], rendered_mask, targets[1])
    torch.testing.assert_close(together, repeated, atol=2e-6, rtol=1e-5)


@every_light_objective
def test_gradients_flow_into_the_render_alone_and_are_finite_where_nothing_is_covered(objective):
    images = make_pictures(2)
    rendered = torch.cat([images[0], torch.zeros_like(images[0][:1])]).requires_grad_()
    mask = torch.cat([images[2], torch.zeros_like(images[2][:1])]).requires_grad_()
    target, target_mask = images[1].detach(), images[3].detach()
    objective.compute_loss(rendered, target, mask, target_mask).sum().backward()
    assert mask.grad.isfinite().all()
    assert (mask.grad[:2].abs().flatten(1).sum(1) > 0).all()
    if objective.name not in ("mask_only", "silhouette_distance"):
        assert rendered.grad.isfinite().all()
        assert (rendered.grad[:2].abs().flatten(1).sum(1) > 0).all()


@pytest.mark.parametrize("name", sorted({*WITHOUT_DOWNLOAD, "lpips"} - ONE_WAY))
def test_terms_are_alike_both_ways(objective):
    """But the boundary, which is weighed by the target's area."""
    rendered, target, rendered_mask, target_mask = make_pictures(1)
    there = objective.compute_terms(rendered, target, rendered_mask, target_mask)
    back = objective.compute_terms(target, rendered, target_mask, rendered_mask)
    for term in there:
        share = target_mask.sum() / rendered_mask.sum() if term == "boundary" else 1.0
        torch.testing.assert_close(there[term] * share, back[term], atol=1e-5, rtol=1e-4)


@every_light_objective
def test_features_of_the_target_are_kept(objective, monkeypatch):
    images = make_pictures(2)
    objective.compute_loss(*images)

    def refuse(*args):
        raise AssertionError("computed the target's features again")

    monkeypatch.setattr(TargetCache, "_fresh", refuse)
    other = images[0].flip(0), images[1], images[2].flip(0), images[3]
    assert objective.compute_loss(*other).shape == (2,)
    if objective.name not in ("silhouette_color", "l1l2", "mask_only", "semantic_cosine"):
        with pytest.raises(AssertionError, match="computed"):
            objective.compute_loss(images[0], images[1].clone(), images[2], images[3].clone())


@every_objective
def test_losses_decrease_towards_the_true_pose(objective, path):
    losses = evaluate(objective, *path)
    assert (losses.diff() < 0).all(), losses.tolist()
    assert losses[-1] < 0.05 * losses[0]
