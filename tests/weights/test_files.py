from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from camera_estimation.errors import InputError
from camera_estimation.weights import files as weights
from camera_estimation.weights.fetching import fetch


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


def test_unknown_networks_and_variants_are_refused():
    with pytest.raises(InputError, match="unknown network 'clip'; weights are known of: lpips, dreamsim"):
        fetch(["clip"])
    with pytest.raises(InputError, match="dreamsim: unknown variant 'vit'; known: ensemble"):
        fetch(["dreamsim:vit"])


def test_a_missing_package_is_named(no_weights, monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    assert (
        weights.describe_missing("lpips", [("lpips", "vgg")])
        == "lpips: not installed: lpips; install with: pip install lpips"
    )


@pytest.fixture
def served(no_weights, tmp_path, monkeypatch):
    """A function that lets ``network:variant`` consist of one file with the given contents and members."""

    def serve(spec: str, contents: bytes, **changes):
        network, variant = spec.split(":")
        source = tmp_path / "source"
        source.write_bytes(contents)
        file = dataclasses.replace(weights.weight_files(network, variant)[0], url=source.as_uri(), **changes)
        monkeypatch.setitem(weights._FILES[network], variant, (file,))
        return file

    return serve


def test_a_file_is_downloaded_and_its_checksum_recorded(served, capsys):
    contents = b"weights" * 1000
    sha256 = hashlib.sha256(contents).hexdigest()
    file = served("lpips:alex", contents, name=f"alexnet-owt-{sha256[:8]}.pth")
    assert fetch(["lpips:alex"], progress=False) == [file.path]
    assert file.path.read_bytes() == contents
    recorded = json.loads((file.path.parent / "checksums.json").read_text())
    assert recorded == {file.name: {"url": file.url, "bytes": len(contents), "sha256": sha256}}
    assert {path.name for path in file.path.parent.iterdir()} == {file.name, "checksums.json"}
    assert capsys.readouterr() == ("", "")
    assert fetch(["lpips:alex"]) == []


def test_progress_is_shown(served, capsys):
    served("lpips:alex", b"weights", name="trunk.pth")
    fetch(["lpips:alex"])
    assert "trunk.pth" in capsys.readouterr().err


def test_a_damaged_file_is_not_kept(served):
    file = served("lpips:vgg", b"half of it")
    with pytest.raises(InputError, match=r"damaged.*put it at .*vgg16-397923af\.pth"):
        fetch(["lpips"], progress=False)
    assert list(file.path.parent.iterdir()) == []


def test_without_network_the_address_and_the_place_are_named(no_weights, monkeypatch):
    def offline(*args, **kwargs):
        raise OSError("Name or service not known")

    monkeypatch.setattr("camera_estimation.weights.fetching.urlopen", offline)
    with pytest.raises(InputError) as caught:
        fetch(["lpips"], progress=False)
    message = str(caught.value)
    assert "\n" not in message
    assert "https://download.pytorch.org/models/vgg16-397923af.pth: cannot be fetched" in message
    assert f"put it at {no_weights / 'lpips' / 'vgg16-397923af.pth'}" in message


MEMBERS = ("clip_vitb32_pretrain.pth.tar", "clip_vitb32_single_lora/adapter_config.json")


def _archive(path: Path, members=MEMBERS) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, member)
    return path.read_bytes()


def test_an_archive_is_unpacked(served, tmp_path):
    file = served("dreamsim:clip_vitb32", _archive(tmp_path / "made.zip"))
    assert file.members == MEMBERS
    fetch(["dreamsim:clip_vitb32"], progress=False)
    for member in MEMBERS:
        assert (file.path.parent / member).read_text() == member
    assert not file.path.exists()
    assert weights.missing_files("dreamsim", "clip_vitb32") == []
    assert file.name in json.loads((file.path.parent / "checksums.json").read_text())


def test_an_archive_put_there_by_hand_is_unpacked(no_weights):
    (file,) = weights.weight_files("dreamsim", "clip_vitb32")
    file.path.parent.mkdir(parents=True)
    _archive(file.path)
    fetch(["dreamsim:clip_vitb32"], progress=False)
    assert weights.missing_files("dreamsim", "clip_vitb32") == []
    assert file.name in json.loads((file.path.parent / "checksums.json").read_text())


def test_a_file_put_there_by_hand_is_checked_and_recorded(served):
    contents = b"weights"
    sha256 = hashlib.sha256(contents).hexdigest()
    file = served("lpips:alex", b"", name=f"alexnet-owt-{sha256[:8]}.pth")
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(contents)
    assert fetch(["lpips:alex"], progress=False) == []
    recorded = json.loads((file.path.parent / "checksums.json").read_text())
    assert recorded == {file.name: {"url": file.url, "bytes": len(contents), "sha256": sha256}}


def test_a_damaged_file_put_there_by_hand_is_named(served):
    file = served("lpips:vgg", b"")
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(b"half of it")
    with pytest.raises(InputError, match=r"vgg16-397923af\.pth: damaged: .*; delete it and run this command again"):
        fetch(["lpips"], progress=False)
    assert file.path.is_file()


def test_nothing_is_written_into_the_working_directory(served, tmp_path, monkeypatch):
    served("dreamsim:clip_vitb32", _archive(tmp_path / "made.zip"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    fetch(["dreamsim:clip_vitb32"], progress=False)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("members", [None, MEMBERS[:1]])
def test_a_bad_archive_leaves_nothing_half_done(served, tmp_path, members):
    contents = b"no archive" if members is None else _archive(tmp_path / "made.zip", members)
    file = served("dreamsim:clip_vitb32", contents)
    with pytest.raises(InputError, match="dreamsim_clip_vitb32_checkpoint"):
        fetch(["dreamsim:clip_vitb32"], progress=False)
    assert weights.missing_files("dreamsim", "clip_vitb32") == [file]
    assert not (file.path.parent / MEMBERS[0]).exists()
