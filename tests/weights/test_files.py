from __future__ import annotations

from pathlib import Path

from camera_estimation.weights import files as weights


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("CAMERA_ESTIMATION_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert weights.weights_folder() == Path("~/.cache/camera-estimation").expanduser()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert weights.weights_folder() == tmp_path / "xdg" / "camera-estimation"
    monkeypatch.setenv("CAMERA_ESTIMATION_CACHE", str(tmp_path / "own"))
    assert weights.weights_folder() == tmp_path / "own"


def test_addresses_are_the_libraries_own():
    from dreamsim.config import dreamsim_weights
    from torchvision import models

    for variant in ("ensemble", "dino_vitb16", "dinov2_vitb14", "clip_vitb32", "open_clip_vitb32", "synclr_vitb16"):
        assert weights.weight_files("dreamsim", variant)[0].url == dreamsim_weights[variant]
    trunks = {"vgg": models.VGG16_Weights, "alex": models.AlexNet_Weights, "squeeze": models.SqueezeNet1_1_Weights}
    for net, trunk in trunks.items():
        assert weights.weight_files("lpips", net)[0].url == trunk.DEFAULT.url


def test_a_missing_package_is_named(no_weights, monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    assert (
        weights.describe_missing("lpips", [("lpips", "vgg")])
        == "lpips: not installed: lpips; install with: pip install lpips"
    )
