from __future__ import annotations

import json

import pytest
import torch
from torch.nn import functional as F

from camera_estimation.configuration import Configuration, LossConfig
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.configuration.presets import load_preset
from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.losses import creation
from camera_estimation.losses._gaussian import blur
from camera_estimation.losses._image_preparation import ImagePreparation
from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.losses.factory import create_objective, find_objective_class, term_names, without_terms
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import loss_classes, loss_registry, register_loss
from camera_estimation.losses.terms.boundary import boundary
from camera_estimation.losses.terms.l1 import l1
from camera_estimation.losses.terms.l2 import l2
from tests.support.pictures import make_pictures

TERMS = """
[loss]
name = "mine"

[[loss.terms]]
term = "l1"
weight = 0.3
blur = 2.0
robust = 0.2

[[loss.terms]]
term = "l1"
name = "coarse"
resolution = 32

[[loss.terms]]
objective = "ssim"
weight = 2
boundary_weight = 0.5

[[loss.terms]]
term = "boundary"
weight = 0.1
"""


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(creation, "_objectives", {})
    with loss_registry.isolate():
        yield


@pytest.fixture
def mine(tmp_path) -> LossConfig:
    path = tmp_path / "mine.toml"
    path.write_text(TERMS)
    return load_preset(path).loss


def composed(*tables, **options) -> LossConfig:
    return LossConfig(name="mine", terms=tables, options=options)


def test_terms_are_weighted_and_summed(mine):
    rendered, target, rendered_mask, target_mask = images = make_pictures(3)
    objective = create_objective(mine)
    small = [F.interpolate(image, (32, 24), mode="area") for image in (rendered, target)]
    expected = {
        "l1": 0.3 * l1(blur(rendered, 2.0), blur(target, 2.0), robust=0.2),
        "coarse": l1(*small),
        "ssim": 2 * create_loss_objective("ssim", boundary_weight=0.5).compute_loss(*images),
        "boundary": 0.1 * boundary(rendered_mask, target_mask),
    }
    torch.testing.assert_close(objective.compute_terms(*images), expected)
    torch.testing.assert_close(objective.compute_loss(*images), sum(expected.values()))
    assert term_names(mine) == tuple(expected)
    assert find_objective_class(mine).formula == "0.3 L1 + L1 + 2 ssim + 0.1 boundary"
    assert create_objective(mine) is objective


def test_terms_survive_the_results(mine):
    config = Configuration(loss=mine)
    assert merge_settings(Configuration(), json.loads(json.dumps(config.to_dict()))) == config


def test_hybrid_is_a_composition():
    hybrid = loss_classes()["hybrid"]
    assert hybrid.formula == "0.4 DreamSim + 0.3 LPIPS + 0.2 L1 + 0.1 boundary"
    assert term_names(LossConfig(name="hybrid")) == ("dreamsim", "lpips", "l1", "boundary")


def test_options_of_terms_can_be_written_in_three_ways():
    images = make_pictures(2)
    nested = create_loss_objective("l1l2", boundary={"weight": 0.3}, l1={"robust": 0.2})
    short = create_loss_objective("l1l2", boundary_weight=0.3, l1={"robust": 0.2})
    torch.testing.assert_close(nested.compute_loss(*images), short.compute_loss(*images))
    for_all = create_loss_objective("l1l2", robust=0.2).compute_terms(*images)
    torch.testing.assert_close(for_all["l1"], nested.compute_terms(*images)["l1"])
    torch.testing.assert_close(for_all["l2"], 0.5 * l2(*images[:2], robust=0.2))


def test_objectives_of_one_piece_are_their_own_term():
    @register_loss("brightness")
    class Brightness(LossObjective):
        def compute_loss(self, rendered_image, *others, **kwargs):
            return rendered_image.mean((1, 2, 3))

    images = make_pictures(2)
    found = create_loss_objective("brightness").compute_terms(*images)
    torch.testing.assert_close(found, {"brightness": images[0].mean((1, 2, 3))})
    assert term_names(LossConfig(name="brightness")) == ("brightness",)


def test_terms_of_the_default_add_up():
    images = make_pictures(2)
    objective = create_loss_objective("silhouette_color")
    torch.testing.assert_close(sum(objective.compute_terms(*images).values()), objective.compute_loss(*images))


def test_a_users_objective_for_one_image_can_be_a_term():
    @register_loss("darkness")
    class Darkness(LossObjective):
        def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
            assert rendered_image.ndim == 3
            return -rendered_image.mean()

    images = make_pictures(2)
    config = composed({"objective": "darkness", "weight": 3.0}, {"term": "l2"})
    found = create_objective(config).compute_terms(*images)
    torch.testing.assert_close(found["darkness"], -3 * images[0].mean((1, 2, 3)))


def test_terms_are_switched_off():
    images = make_pictures(2)
    full = LossConfig(name="l1l2", options={"l1_weight": 0.7, "robust": 0.3})
    ablated = without_terms(full, ["l1", "boundary"])
    assert term_names(ablated) == ("l2",)
    found = create_objective(ablated).compute_terms(*images)
    torch.testing.assert_close(found, {"l2": create_objective(full).compute_terms(*images)["l2"]})
    assert (
        merge_settings(Configuration(), json.loads(json.dumps(Configuration(loss=ablated).to_dict()))).loss == ablated
    )


@pytest.mark.parametrize(
    ("name", "off", "message"),
    [
        ("l1l2", ["lpips"], "loss 'l1l2' has no term 'lpips'; its terms: l1, l2, boundary"),
        ("l1l2", ["l1", "l2", "boundary"], "loss 'l1l2': all terms have the weight 0: l1, l2, boundary"),
        ("silhouette_color", ["silhouette_color"], "of one piece: it has no terms to switch off"),
    ],
)
def test_what_cannot_be_switched_off(name, off, message):
    with pytest.raises(InputError, match=message):
        without_terms(LossConfig(name=name), off)


def test_a_term_that_is_off_needs_no_weights(no_weights):
    off = without_terms(LossConfig(name="hybrid"), ["dreamsim", "lpips"])
    images = make_pictures(1)
    assert list(create_objective(off).compute_terms(*images)) == ["l1", "boundary"]
    told = (
        "hybrid: weights of the AlexNet trunk are missing (alexnet-owt-7be5be79.pth, 233 MB); "
        "fetch them with: camera-estimate --fetch_weights lpips:alex"
    )
    with pytest.raises(MissingWeightsError) as caught:
        create_loss_objective("hybrid", dreamsim_weight=0, net="alex")
    assert str(caught.value) == told


def test_missing_weights_of_a_composition_are_one_line(no_weights):
    tables = [
        {"term": "lpips", "net": "squeeze"},
        {"term": "lpips", "net": "alex", "name": "finer"},
        {"objective": "dreamsim", "dreamsim_type": "clip_vitb32"},
    ]
    with pytest.raises(MissingWeightsError) as caught:
        create_objective(composed(*tables))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("mine: weights of the SqueezeNet trunk and the AlexNet trunk and DreamSim clip_vitb32")
    assert line.endswith("--fetch_weights lpips:squeeze lpips:alex dreamsim:clip_vitb32")


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([{"weight": 1.0}], r"loss.terms, table 1: name either a term or an objective"),
        ([{"term": "l1", "objective": "ssim"}], "table 1: name either a term or an objective"),
        ([{"term": "l1"}, {"term": "l7"}], r"unknown term 'l7'; known terms: l1, "),
        ([{"objective": "ssin"}], r"unknown loss 'ssin'; did you mean 'ssim'\?"),
        ([{"term": "l1"}, {"term": "l1"}], r"two terms are called 'l1'; tell them apart with name = "),
        ([{"term": "ssim", "robust": 0.1}], r"table 1 \('ssim'\) has no option 'robust'; its options: weight, blur"),
        ([{"term": "l1", "robust": 0}], "'robust' must be a number above 0, not 0"),
        ([{"term": "ncc", "window": 4.5}], r"\('ncc'\): 'window' must be a whole number above 0, not 4.5"),
        ([{"term": "l1", "blur": -1}], r"'blur' must be a number of at least 0, not -1"),
        ([{"term": "l1", "weight": "much"}], "'weight' must be a number, not 'much'"),
        ([{"term": "census", "radius": "far"}], "'radius' must be a number of at least 0, not 'far'"),
        ([{"term": 1}], "names are in quotation marks"),
        ([{"objective": "l1l2", "wait": 1}], "no option 'wait'"),
    ],
)
def test_wrong_terms_are_told_in_one_line(tables, message):
    with pytest.raises(InputError, match=message) as caught:
        create_objective(composed(*tables))
    assert "\n" not in str(caught.value)


def test_a_composition_needs_a_name_of_its_own():
    with pytest.raises(InputError, match=r"the name 'ssim' is taken: give another loss\.name"):
        create_objective(LossConfig(name="ssim", terms=({"term": "l1"},)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wait": 1}, "loss 'l1l2' has no option 'wait'; its options: l1_weight, l2_weight, boundary_weight, robust, "),
        ({"l1": {"wait": 1}}, "loss 'l1l2', term 'l1' has no option 'wait'"),
        ({"l1": 0.5}, r"loss 'l1l2': 'l1' is a term; set its options, such as l1\.weight"),
        ({"l1_weight": None}, "loss 'l1l2', term 'l1': 'weight' must be a number"),
    ],
)
def test_wrong_options_are_told_in_one_line(options, message):
    with pytest.raises(InputError, match=message):
        create_loss_objective("l1l2", **options)


def test_images_are_made_smaller_never_larger_and_the_targets_once():
    images = make_pictures(2, (60, 40))
    rendered, _, mask, _ = ImagePreparation(30, 0.0)(*images)
    assert (rendered.shape, mask.shape) == ((2, 3, 30, 20), (2, 1, 30, 20))
    torch.testing.assert_close(rendered, F.avg_pool2d(images[0], 2))
    preparation = ImagePreparation(90, 0.5)
    first, again = preparation(*images), preparation(*images)
    assert first[0].shape == images[0].shape
    assert first[1] is again[1]
    assert first[3] is again[3]
