from __future__ import annotations

import pytest
import torch

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.losses.registry import term_registry
from camera_estimation.losses.terms._dinov2_patches import PATCH, DINOv2Patches
from camera_estimation.losses.terms._principal_components import principal_components, project_principal
from tests.support.pictures import make_pictures


def term(**options):
    made = term_registry.get("featuremetric")("cpu", **options)
    made.setup_models()
    return made


def test_patches_are_those_of_the_image(weights):
    features = DINOv2Patches("vits14", 3, 10, "cpu")
    image = torch.zeros(1, 3, 70, 140)
    seen = features(image)
    assert seen.shape == (1, 384, 5, 10)
    image[:, :, 2 * PATCH : 3 * PATCH, 4 * PATCH : 5 * PATCH] = 1  # one patch, white
    change = (features(image) - seen).square().sum(1)[0]
    assert divmod(int(change.argmax()), 10) == (2, 4)
    assert len(features.model.blocks) == 3
    assert not any(weight.requires_grad for weight in features.model.parameters())


def test_components_are_those_of_the_weighted_covariance():
    generator = torch.Generator().manual_seed(0)
    axes, _ = torch.linalg.qr(torch.randn(6, 6, generator=generator, dtype=torch.float64))
    scales = torch.tensor([5.0, 3.0, 1.0, 0.1, 0.0, 0.0], dtype=torch.float64)
    features = (axes @ (scales[:, None] * torch.randn(6, 400, generator=generator, dtype=torch.float64)))[None]
    features = features.unflatten(2, (20, 20))
    weight = torch.ones(1, 1, 20, 20, dtype=torch.float64)
    weight[..., 10:] = 0
    features[..., 10:] += 1e3  # does not count
    components = principal_components(features, weight, 3)
    alignment = (axes[:, :3].T @ (components[0] / components[0].norm(dim=0))).abs()
    torch.testing.assert_close(alignment, torch.eye(3, dtype=torch.float64), atol=0.25, rtol=0)
    seen = project_principal(features, components)[..., :10].flatten(2)
    assert float(seen.var(2, unbiased=False).sum()) == pytest.approx(1.0)


def test_features_that_are_all_alike_give_no_infinities():
    components = principal_components(torch.ones(1, 4, 3, 3), torch.zeros(1, 1, 3, 3), 2)
    assert components.isfinite().all()


def test_identity_costs_nothing_and_others_at_most_the_bound(weights):
    images = make_pictures(2)
    made = term()
    same = made.compute_loss(images[1], images[1].clone(), images[3], images[3].clone())
    torch.testing.assert_close(same, torch.zeros(1), atol=1e-6, rtol=0)
    values = made.compute_loss(*images)
    assert (values > 0.01).all()
    assert (values < made.robust**2).all()


def test_gradients_reach_the_render_and_agree_with_differences(weights):
    images = [image.clone() for image in make_pictures(1)]
    made = term(layer=2)
    rendered = images[0].requires_grad_()
    made.compute_loss(*images).sum().backward()
    direction = torch.randn(rendered.shape, generator=torch.Generator().manual_seed(1))
    after, before = (made.compute_loss(rendered.detach() + step * direction, *images[1:]) for step in (1e-2, -1e-2))
    slope = float((rendered.grad * direction).sum())
    assert float(after - before) / 2e-2 == pytest.approx(slope, rel=0.05)


def test_what_lies_outside_of_both_silhouettes_does_not_count_but_what_either_covers_does(weights):
    rendered, target, rendered_mask, _ = make_pictures(1)
    made = term()
    nothing = torch.zeros_like(rendered_mask)
    assert float(made.compute_loss(rendered, target, nothing, nothing)) == 0
    corner = nothing.clone()
    corner[..., :20, :20] = 1
    alone = made.compute_loss(rendered * (1 - corner), target, corner, corner)
    colored = made.compute_loss(rendered * (1 - corner) + corner, target, corner, nothing)
    assert float(colored) > 0
    assert float(alone) != float(colored)


def test_the_objective_adds_the_boundary(weights):
    images = make_pictures(1)
    terms = create_loss_objective("featuremetric", layer=2).compute_terms(*images)
    assert set(terms) == {"featuremetric", "boundary"}
    torch.testing.assert_close(terms["featuremetric"], term(layer=2).compute_loss(*images))


def test_missing_weights_are_named_with_the_command_that_gets_them(no_weights):
    told = r"DINOv2 vits14 are missing \(dinov2_vits14_pretrain.pth, 88 MB\).*--fetch_weights dinov2"
    with pytest.raises(MissingWeightsError, match=told):
        create_loss_objective("featuremetric")
    with pytest.raises(MissingWeightsError, match="--fetch_weights dinov2:vitb14"):
        create_loss_objective("featuremetric", net="vitb14")
    with pytest.raises(InputError, match="dinov2: unknown variant 'vith14'; known: vits14, vitb14, vitl14"):
        create_loss_objective("featuremetric", net="vith14")
