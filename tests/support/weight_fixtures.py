"""Folders of network weights: small random ones, or none."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from camera_estimation.losses import creation
from tests.support.weight_files import write_dinov2, write_dreamsim, write_lpips_trunks


@pytest.fixture(scope="session")
def weights_made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    write_lpips_trunks(folder / "lpips")
    write_dreamsim(folder / "dreamsim")
    write_dinov2(folder / "dinov2")
    return folder


@pytest.fixture
def no_weights(tmp_path, monkeypatch) -> Path:
    """An empty cache folder, an empty torch.hub folder, and nothing loaded yet."""
    monkeypatch.setenv("CAMERA_ESTIMATION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(creation, "_objectives", {})
    return tmp_path / "cache"


@pytest.fixture
def weights(weights_made, tmp_path, monkeypatch) -> Path:
    """The cache folder with weights of all networks; downloads fail."""
    monkeypatch.setenv("CAMERA_ESTIMATION_CACHE", str(weights_made))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    def refuse(*args, **kwargs):
        raise AssertionError("tried to download")

    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr("requests.get", refuse)
    return weights_made
