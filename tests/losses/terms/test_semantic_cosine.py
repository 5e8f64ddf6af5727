from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.configuration import LossConfig
from camera_estimation.configuration.presets import load_preset
from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.images.view_evidence import ViewEvidence
from camera_estimation.losses.call_form import evaluate
from camera_estimation.losses.factory import create_objective, objective_name, term_names, uses_term
from camera_estimation.losses.registry import term_registry
from camera_estimation.losses.terms._lpips_distance import LPIPSDistance
from tests.support.pictures import make_pictures

WEIGHTS = {"face": 1.0, "hair": 0.6, "lighting": 0.0}  # lighting lies on the others


def regions(height: int, width: int) -> dict[str, torch.Tensor]:
    masks = torch.zeros(3, height, width)
    masks[0, : height // 3] = 1
    masks[1, height // 3 : height // 2] = 1
    masks[1, height // 2 : height // 2 + 2] = 0.5
    masks[2, -height // 4 :] = 1
    masks[2, : height // 6, : width // 2] = 1
    return {name: mask[None, None] for name, mask in zip(WEIGHTS, masks, strict=True)}


def term(**options):
    made = term_registry.get("semantic_cosine")("cpu", **options)
    made.setup_models()
    return made


def reference(images, masks, weights, fallback) -> list[float]:
    """The definition, one pixel after the other."""
    rendered, target, rendered_mask, target_mask = (image.double().numpy() for image in images)
    height, width = rendered.shape[-2:]
    values = []
    for index in range(len(rendered)):
        other = 0 if len(target) == 1 else index
        seen, wanted = (
            np.concatenate([picture[at], mask[at]])
            for picture, mask, at in ((rendered, rendered_mask, index), (target, target_mask, other))
        )

        def cosine(region, seen=seen, wanted=wanted):
            common = length_seen = length_wanted = 0.0
            for row in range(height):
                for column in range(width):
                    share = float(region[row, column])
                    first, second = seen[:, row, column], wanted[:, row, column]
                    common += share * first.dot(second)
                    length_seen += share * first.dot(first)
                    length_wanted += share * second.dot(second)
            return common / np.sqrt(length_seen * length_wanted)

        named = {name: masks[name][0, 0].numpy() for name in weights}
        left = np.prod([1 - named[name] for name in weights if weights[name] == 0], axis=0)
        rest = left * np.clip(1 - sum(named.values()), 0, None)
        named = {name: left * mask for name, mask in named.items()}
        total = sum(weights.values())
        loss = sum(weight * (1 - cosine(named[name])) for name, weight in weights.items() if weight > 0) / total
        values.append(loss + fallback * (1 - cosine(rest)))
    return values


def test_agrees_with_the_definition():
    images = make_pictures(2)
    masks = regions(*images[0].shape[-2:])
    made = term(weights=WEIGHTS, global_fallback=0.25)
    values = made.compute_loss(*images, evidence=ViewEvidence(regions=masks))
    assert values.tolist() == pytest.approx(reference(images, masks, WEIGHTS, 0.25), rel=1e-4)


def test_regions_of_weight_zero_have_no_gradient_and_no_say():
    images = make_pictures(1)
    masks = regions(*images[0].shape[-2:])
    made, evidence = term(weights=WEIGHTS), ViewEvidence(regions=masks)
    rendered = images[0].clone().requires_grad_()
    loss = made.compute_loss(rendered, *images[1:], evidence=evidence)
    loss.sum().backward()
    excluded = masks["lighting"][0, 0] == 1
    assert (rendered.grad[0][:, excluded] == 0).all()
    assert (rendered.grad[0][:, ~excluded] != 0).any()
    misleading = torch.where(masks["lighting"] == 1, 1 - images[1], images[1])
    assert torch.equal(made.compute_loss(images[0], misleading, *images[2:], evidence=evidence), loss.detach())


def test_only_the_proportion_of_weights_counts():
    images = make_pictures(2)
    evidence = ViewEvidence(regions=regions(*images[0].shape[-2:]))
    once, tripled = (
        term(weights={name: factor * weight for name, weight in WEIGHTS.items()}).compute_loss(
            *images, evidence=evidence
        )
        for factor in (1, 3)
    )
    torch.testing.assert_close(once, tripled)


def test_regions_that_the_image_lacks_leave_the_others_their_weight():
    images = make_pictures(1)
    masks = regions(*images[0].shape[-2:])
    with_hat = term(weights={**WEIGHTS, "hat": 5.0}).compute_loss(*images, evidence=ViewEvidence(regions=masks))
    torch.testing.assert_close(
        with_hat, term(weights=WEIGHTS).compute_loss(*images, evidence=ViewEvidence(regions=masks))
    )


def test_without_regions_all_is_one():
    images = make_pictures(2)
    whole = {"all": torch.ones_like(images[3][:1])}
    loose = term(global_fallback=0.3).compute_loss(*images)
    fixed = term(weights={"all": 1.0}, global_fallback=0.0).compute_loss(*images, evidence=ViewEvidence(regions=whole))
    torch.testing.assert_close(loose, 0.3 * fixed)


def test_features_of_a_network_are_compared_in_their_own_size(weights):
    images = make_pictures(2)
    masks = regions(*images[0].shape[-2:])
    made = term(features="lpips", net="squeeze", weights={"face": 1.0}, global_fallback=0.0)
    values = made.compute_loss(*images, evidence=ViewEvidence(regions=masks))
    distance = LPIPSDistance("squeeze", "cpu")
    expected = []
    for seen, wanted in zip(distance.features(images[0]), distance.features(images[1]), strict=True):
        region = torch.nn.functional.interpolate(masks["face"], seen.shape[-2:], mode="bilinear", antialias=True)
        first, second = (features * region.sqrt() for features in (seen, wanted))
        expected.append(torch.nn.functional.cosine_similarity(first.flatten(1), second.flatten(1)))
    torch.testing.assert_close(values, 1 - torch.stack(expected).mean(0), rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_patches_of_dreamsim_are_compared_in_the_square_that_it_sees(weights):
    images = [image[..., :40] for image in make_pictures(1)]
    height, width = images[0].shape[-2:]
    assert height > width
    made = term(features="dreamsim", weights={"part": 1.0}, global_fallback=0.0)
    patches = made.seen_as.patches
    seen, wanted = patches(images[0]), patches(images[1])
    assert seen.shape == (1, 768, 14, 14)
    region = torch.zeros(1, 1, height, width)
    region[..., height // 2 :, :] = 1
    value = made.compute_loss(*images, evidence=ViewEvidence(regions={"part": region}))
    inside = torch.zeros(14, 14, dtype=torch.bool)
    margin = round(14 * (height - width) / height / 2)
    inside[7:, margin + 1 : 14 - margin - 1] = True
    cosine = torch.nn.functional.cosine_similarity(seen[0][:, inside].flatten(), wanted[0][:, inside].flatten(), dim=0)
    assert float(value) == pytest.approx(1 - float(cosine), abs=0.1 * (1 - float(cosine)) + 1e-4)
    rendered = images[0].clone().requires_grad_()
    made.compute_loss(rendered, *images[1:], evidence=ViewEvidence(regions={"part": region})).sum().backward()
    assert rendered.grad.abs().sum() > 0


def test_missing_network_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CAMERA_ESTIMATION_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(MissingWeightsError, match="lpips"):
        create_objective(LossConfig(semantic_cosine={"enabled": True, "features": "lpips"}))


@pytest.mark.parametrize("preset", ["person", "outfit", "style"])
def test_presets_add_the_term_to_whatever_objective_there_is(preset):
    for name in ("silhouette_color", "l1l2", "semantic_cosine"):
        config = load_preset(f"semantic/{preset}").loss
        config = LossConfig(name=name, semantic_cosine=config.semantic_cosine)
        assert uses_term(config, "semantic_cosine")
        objective = create_objective(config)
        images = make_pictures(1)
        assert torch.isfinite(evaluate(objective, *images)).all()
        assert "semantic_cosine" in term_names(config)
    assert not uses_term(LossConfig(name="l1l2"), "semantic_cosine")


def test_a_table_that_is_not_enabled_changes_nothing():
    config = LossConfig(name="l1l2", semantic_cosine={"enabled": False, "face_weight": 1.0})
    assert create_objective(config) is create_objective(LossConfig(name="l1l2"))


def test_regions_reach_the_term_through_the_composition():
    images = make_pictures(1)
    evidence = ViewEvidence(regions=regions(*images[0].shape[-2:]))
    objective = create_objective(LossConfig(name="mask_only", semantic_cosine={"enabled": True, "face_weight": 1.0}))
    terms = objective.compute_terms(*images, evidence=evidence)
    expected = term(weights={"face": 1.0}).compute_loss(*images, evidence=evidence)
    torch.testing.assert_close(terms["semantic_cosine"], expected)


def test_weight_and_options_of_the_command_line_count_beside_the_table():
    table = {"enabled": True, "weight": 5.0, "global_fallback": 0.2}
    config = LossConfig(
        name="semantic_cosine", semantic_cosine=table, options={"semantic_cosine": {"global_fallback": 0.9}}
    )
    (spec, _) = create_objective(config).active
    assert (spec.weight, spec.options["global_fallback"]) == (5.0, 0.9)


def test_results_name_what_was_composed():
    assert objective_name(LossConfig(name="l1l2", semantic_cosine={"enabled": True})) == "l1l2 + semantic_cosine"
    assert objective_name(LossConfig(name="l1l2")) == "l1l2"


def test_evidence_cannot_be_resized_with_the_images():
    config = LossConfig(name="mine", terms=({"term": "semantic_cosine", "resolution": 32},))
    with pytest.raises(InputError, match="resolution"):
        create_objective(config)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"enabled": "no"}, "'enabled' is true or false"),
        ({"enabled": True, "face": 1.0}, "has no setting 'face'"),
        ({"enabled": True, "face_weight": -1.0}, "the weight of 'face'"),
        ({"enabled": True, "features": "clip"}, "features 'clip' are unknown"),
    ],
)
def test_faults_of_the_table_are_told(table, told):
    with pytest.raises(InputError, match=told):
        create_objective(LossConfig(name="l1l2", semantic_cosine=table))
