from __future__ import annotations

import warnings
from functools import partial

import pytest
import torch
from torch.nn import functional as F

from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.losses.terms._dino_backbones import load_dino_backbone
from camera_estimation.losses.terms._dreamsim_distance import DreamSimDistance, network_input
from camera_estimation.losses.terms._lpips_distance import LPIPSDistance
from camera_estimation.losses.terms.boundary import boundary
from camera_estimation.losses.terms.l1 import l1
from tests.support.pictures import make_pictures

# The ensemble has a test of its own.
TYPES = ["open_clip_vitb32", "clip_vitb32", "synclr_vitb16", "dino_vitb16", "dinov2_vitb14"]


@pytest.fixture(scope="module")
def loaded(weights_made) -> DreamSimDistance:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAMERA_ESTIMATION_CACHE", str(weights_made))
        return DreamSimDistance("open_clip_vitb32", "cpu")


@pytest.mark.slow
@pytest.mark.parametrize("dreamsim_type", TYPES)
def test_every_type_loads_offline_and_gives_the_librarys_values_and_gradients(weights, dreamsim_type, capfd, recwarn):
    hub, state = (torch.hub.load, torch.hub.set_dir, torch.hub.get_dir()), torch.get_rng_state()
    distance = DreamSimDistance(dreamsim_type, "cpu")
    assert (torch.hub.load, torch.hub.set_dir, torch.hub.get_dir()) == hub
    assert torch.equal(torch.get_rng_state(), state)
    assert capfd.readouterr() == ("", "")
    assert not recwarn
    assert not distance.model.training
    assert not any(weight.requires_grad for weight in distance.model.parameters())
    rendered, target, _, _ = make_pictures(2)
    values, gradient = _with_gradient(lambda image: distance(image, target), rendered)
    theirs = _with_gradient(lambda image: distance.model(network_input(image), network_input(target)), rendered)
    torch.testing.assert_close((values, gradient), theirs, atol=1e-6, rtol=1e-5)
    assert (values > 1e-4).all()
    assert (gradient != 0).any()


def _with_gradient(distance_of, rendered):
    rendered = rendered.clone().requires_grad_()
    values = distance_of(rendered)
    values.sum().backward()
    return values.detach(), rendered.grad


# As facebookresearch/dino's own, which torch.hub keeps in its folder once it has downloaded it.
HUB_CODE = """
import torch
from dreamsim.feature_extraction.vision_transformer import vit_base

dependencies = ["torch"]


def dino_vitb16(pretrained=True, **kwargs):
    model = vit_base(patch_size=16, num_classes=0, **kwargs)
    url = "https://dl.fbaipublicfiles.com/dino/dino_vitbase16_pretrain/dino_vitbase16_pretrain.pth"
    model.load_state_dict(torch.hub.load_state_dict_from_url(url=url, map_location="cpu"), strict=True)
    return model
"""


@pytest.mark.slow
def test_the_ensemble_is_what_the_library_loads_by_itself(weights, tmp_path, monkeypatch):
    """With torch.hub's own code, from its cache."""
    from dreamsim import dreamsim

    rendered, target, _, _ = make_pictures(1)
    found = _with_gradient(partial(DreamSimDistance("ensemble", "cpu"), target_image=target), rendered)
    folder = tmp_path / "dreamsim"
    folder.mkdir()
    for entry in (weights / "dreamsim").iterdir():
        (folder / entry.name).symlink_to(entry)
    (folder / "facebookresearch_dino_main").mkdir()
    (folder / "facebookresearch_dino_main" / "hubconf.py").write_text(HUB_CODE)
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, _ = dreamsim(device="cpu", cache_dir=str(folder), dreamsim_type="ensemble")
    expected = _with_gradient(lambda image: model(network_input(image), network_input(target)), rendered)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_gradients_are_the_librarys_and_flow_into_the_render_only(loaded):
    rendered, target, _, _ = make_pictures(2)
    ours, theirs = rendered.clone().requires_grad_(), rendered.clone().requires_grad_()
    target.requires_grad_()
    loaded(ours, target).sum().backward()
    assert target.grad is None
    loaded.model(network_input(theirs), network_input(target.detach())).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-7, rtol=1e-4)
    assert ours.grad.isfinite().all()
    assert (ours.grad.abs().flatten(1).sum(1) > 0).all()


def test_the_network_sees_224_pixels_from_zero_to_one(loaded):
    seen = []
    embed = loaded.model.base_model.model.embed
    loaded.model.base_model.model.embed = lambda image: seen.append(image) or embed(image)
    checks = (torch.arange(60)[:, None] // 5 + torch.arange(90)[None] // 5) % 2
    sharp = checks.float().expand(1, 3, 60, 90)
    loaded(sharp, 1 - sharp)
    del loaded.model.base_model.model.embed
    for image in seen:
        assert image.shape == (1, 3, 224, 224)
        assert (image.min(), image.max()) == (0, 1)


def test_the_aspect_ratio_is_kept():
    wide = network_input(torch.ones(1, 3, 50, 100))
    assert wide[0, 0, 112].min() > 0.999
    assert wide[0, 0, 20].max() == 0
    square = torch.rand(1, 3, 300, 300)
    expected = F.interpolate(square, (224, 224), mode="bicubic", antialias=True).clamp(0, 1)
    torch.testing.assert_close(network_input(square), expected)


def test_identity_costs_nothing(loaded):
    rendered, _, _, _ = make_pictures(2)
    torch.testing.assert_close(loaded(rendered, rendered), torch.zeros(2), atol=1e-6, rtol=0)


def test_values_do_not_depend_on_the_rest_of_the_batch(loaded):
    rendered, target, _, _ = make_pictures(3)
    alone = torch.cat([loaded(image[None], target) for image in rendered])
    torch.testing.assert_close(loaded(rendered, target), alone, atol=1e-6, rtol=1e-5)


def test_the_target_passes_the_network_once(loaded):
    rendered, target, _, _ = make_pictures(2)
    passes = []
    network = loaded.model.base_model.model.extractor_list[0]
    hook = network.model.register_forward_hook(lambda _, inputs, __: passes.append(len(inputs[0])))
    for _ in range(3):
        loaded(rendered, target)
    hook.remove()
    assert passes == [2, 1, 2, 2]


@pytest.mark.slow
def test_the_objectives(weights):
    rendered, target, rendered_mask, target_mask = images = make_pictures(2)
    masks = boundary(rendered_mask, target_mask)
    dreamsim = DreamSimDistance("open_clip_vitb32", "cpu")(rendered, target)
    objective = create_loss_objective("dreamsim", dreamsim_type="open_clip_vitb32")
    torch.testing.assert_close(objective.compute_loss(*images), dreamsim + 0.1 * masks)
    hybrid = create_loss_objective("hybrid", dreamsim_type="open_clip_vitb32", net="squeeze")
    expected = {
        "dreamsim": 0.4 * dreamsim,
        "lpips": 0.3 * LPIPSDistance("squeeze", "cpu")(rendered, target),
        "l1": 0.2 * l1(rendered, target),
        "boundary": 0.1 * masks,
    }
    torch.testing.assert_close(hybrid.compute_terms(*images), expected)
    torch.testing.assert_close(hybrid.compute_loss(*images), sum(expected.values()))
    assert hybrid._objectives["dreamsim"] is objective._objectives["dreamsim"]  # one network in memory


@pytest.mark.slow
def test_dinov2_by_its_own_formulas(weights):
    state = torch.load(weights / "dreamsim" / "checkpoints" / "dinov2_vitb14_pretrain.pth")
    image = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        tokens = load_dino_backbone("facebookresearch/dinov2", "dinov2_vitb14").eval().forward_features(image)
        torch.testing.assert_close(tokens, dinov2_tokens(state, image), atol=1e-4, rtol=1e-4)


def dinov2_tokens(state, image):
    """Normalised tokens of DINOv2 ViT-B/14, written out."""

    def linear(name, x):
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    def norm(name, x):
        return F.layer_norm(x, (768,), state[f"{name}.weight"], state[f"{name}.bias"], eps=1e-6)

    grid = state["pos_embed"][:, 1:].reshape(1, 37, 37, 768).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, scale_factor=(16.1 / 37, 16.1 / 37), mode="bicubic")
    positions = torch.cat([state["pos_embed"][:, :1], grid.permute(0, 2, 3, 1).reshape(1, 256, 768)], dim=1)
    patches = F.conv2d(image, state["patch_embed.proj.weight"], state["patch_embed.proj.bias"], stride=14)
    x = torch.cat([state["cls_token"], patches.flatten(2).transpose(1, 2)], dim=1) + positions
    for block in range(12):
        name = f"blocks.{block}"
        q, k, v = linear(f"{name}.attn.qkv", norm(f"{name}.norm1", x)).reshape(257, 3, 12, 64).permute(1, 2, 0, 3)
        attended = torch.softmax(q @ k.transpose(1, 2) / 8, dim=-1) @ v
        x = x + state[f"{name}.ls1.gamma"] * linear(f"{name}.attn.proj", attended.transpose(0, 1).reshape(1, 257, 768))
        hidden = F.gelu(linear(f"{name}.mlp.fc1", norm(f"{name}.norm2", x)))
        x = x + state[f"{name}.ls2.gamma"] * linear(f"{name}.mlp.fc2", hidden)
    return norm("norm", x)
