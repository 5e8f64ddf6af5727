from __future__ import annotations

import shutil
import warnings

import lpips
import pytest
import torch

from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.losses.terms._lpips_distance import LPIPSDistance
from camera_estimation.losses.terms.boundary import boundary
from camera_estimation.weights.files import weight_files
from tests.support.pictures import make_pictures

NETS = ["vgg", "alex", "squeeze"]


@pytest.fixture(scope="module")
def libraries_own(weights_made, tmp_path_factory):
    """The library's models, loaded by the library from torch.hub's folder."""
    home = tmp_path_factory.mktemp("torch")
    shutil.copytree(weights_made / "lpips", home / "hub" / "checkpoints")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("TORCH_HOME", str(home))
        return {net: lpips.LPIPS(net=net, verbose=False).requires_grad_(False) for net in NETS}


@pytest.mark.parametrize("net", NETS)
def test_values_and_gradients_are_the_librarys(weights, libraries_own, net):
    rendered, target, _, _ = make_pictures(3)
    distance = LPIPSDistance(net, "cpu")
    ours, theirs = rendered.clone().requires_grad_(), rendered.clone().requires_grad_()
    values = distance(ours, target)
    expected = libraries_own[net](theirs, target, normalize=True)[:, 0, 0, 0]
    torch.testing.assert_close(values, expected, atol=1e-6, rtol=1e-6)
    values.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-6, rtol=1e-5)


def test_the_objective_adds_the_boundary(weights):
    images = make_pictures(2)
    objective = create_loss_objective("lpips", net="squeeze", boundary_weight=0.3)
    expected = LPIPSDistance("squeeze", "cpu")(images[0], images[1]) + 0.3 * boundary(images[2], images[3])
    torch.testing.assert_close(objective.compute_loss(*images), expected)


@pytest.fixture
def distance(weights) -> LPIPSDistance:
    return LPIPSDistance("squeeze", "cpu")


def test_the_network_sees_values_from_minus_one_to_one(distance):
    seen = []
    distance.model.scaling_layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    white, black = torch.ones(1, 3, 40, 40), torch.zeros(1, 3, 40, 40)
    distance(white, black)
    assert [image.unique().tolist() for image in seen] == [[1], [-1]]


def test_identity_costs_nothing(distance):
    rendered, _, _, _ = make_pictures(2)
    assert distance(rendered, rendered).tolist() == [0, 0]


def test_values_do_not_depend_on_the_rest_of_the_batch(distance):
    rendered, target, _, _ = make_pictures(3)
    alone = torch.cat([distance(image[None], target) for image in rendered])
    torch.testing.assert_close(distance(rendered, target), alone)


def test_the_target_passes_the_network_once(distance):
    rendered, target, _, _ = make_pictures(2)
    passes = []
    distance.model.net.register_forward_hook(lambda _, inputs, __: passes.append(len(inputs[0])))
    for _ in range(3):
        distance(rendered, target)
    assert passes == [2, 1, 2, 2]


def test_gradients_flow_into_the_render_only(distance):
    rendered, target, _, _ = make_pictures(2)
    rendered.requires_grad_()
    target.requires_grad_()
    distance(rendered, target).sum().backward()
    assert rendered.grad.isfinite().all()
    assert (rendered.grad.abs().flatten(1).sum(1) > 0).all()
    assert target.grad is None
    assert not any(weight.requires_grad for weight in distance.model.parameters())
    assert not distance.model.training


def test_gradients_are_finite_where_no_channel_is_active(distance):
    first_layer = next(distance.model.net.parameters())
    first_layer.data = first_layer.abs()  # black, which is negative after scaling, activates nothing
    distance.model.net.slice1[0].bias.data.zero_()
    rendered, target, _, _ = make_pictures(1)
    rendered = (rendered * (rendered > 0.3)).requires_grad_()
    distance(rendered, target).sum().backward()
    assert rendered.grad.isfinite().all()


@pytest.mark.parametrize("net", NETS)
def test_small_images(weights, net):
    rendered, target, _, _ = make_pictures(1, (8, 20))
    assert LPIPSDistance(net, "cpu")(rendered, target).isfinite().all()


def test_loading_is_silent_and_leaves_the_random_state(weights, capfd, recwarn):
    state = torch.get_rng_state()
    LPIPSDistance("alex", "cpu")
    assert torch.equal(torch.get_rng_state(), state)
    assert capfd.readouterr() == ("", "")
    assert not recwarn


def test_a_trunk_in_torch_hubs_cache_serves(no_weights, weights_made, tmp_path):
    checkpoints = tmp_path / "torch" / "hub" / "checkpoints"
    checkpoints.mkdir(parents=True)
    (file,) = weight_files("lpips", "squeeze")
    shutil.copy(weights_made / "lpips" / file.name, checkpoints)
    rendered, target, _, _ = make_pictures(1)
    masks = torch.ones(2, 1, 1, *rendered.shape[-2:])
    assert create_loss_objective("lpips", net="squeeze").compute_loss(rendered, target, *masks) > 0
