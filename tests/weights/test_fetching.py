from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import torch

from camera_estimation.errors import InputError
from camera_estimation.weights import files as weights
from camera_estimation.weights.fetching import fetch


def test_unknown_networks_and_variants_are_refused():
    with pytest.raises(InputError, match="unknown network 'clip'; weights are known of: lpips, alike, dinov2, dream"):
        fetch(["clip"])
    with pytest.raises(InputError, match="dreamsim: unknown variant 'vit'; known: ensemble"):
        fetch(["dreamsim:vit"])


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    """The address that the folder "served" is found at."""
    (tmp_path / "served").mkdir()
    handler = partial(QuietHandler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def served(no_weights, server, tmp_path, monkeypatch):
    """A function that lets ``network:variant`` consist of one file with the given contents and members."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def serve(spec: str, contents: bytes, **changes):
        network, variant = spec.split(":")
        (tmp_path / "served" / "source").write_bytes(contents)
        file = dataclasses.replace(weights.weight_files(network, variant)[0], url=f"{server}/source", **changes)
        monkeypatch.setitem(weights._FILES[network], variant, (file,))
        return file

    return serve


def test_a_file_is_downloaded_and_its_checksum_recorded(served, capsys):
    contents = b"weights" * 1000
    sha256 = hashlib.sha256(contents).hexdigest()
    file = served("lpips:alex", contents, name=f"alexnet-owt-{sha256[:8]}.pth", sha256=sha256[:8])
    assert fetch(["lpips:alex"], progress=False) == [file.path]
    assert file.path.read_bytes() == contents
    recorded = json.loads((file.path.parent / "checksums.json").read_text())
    assert recorded == {file.name: {"url": file.url, "bytes": len(contents), "sha256": sha256}}
    assert {path.name for path in file.path.parent.iterdir()} == {file.name, "checksums.json"}
    assert capsys.readouterr() == ("", "")
    assert fetch(["lpips:alex"]) == []


def test_progress_is_shown(served, capsys):
    served("lpips:alex", b"weights", name="trunk.pth", sha256="")
    fetch(["lpips:alex"])
    assert "trunk.pth" in capsys.readouterr().err


def test_a_damaged_file_is_not_kept(served):
    file = served("lpips:vgg", b"half of it")
    with pytest.raises(InputError, match=r"damaged.*put it at .*vgg16-397923af\.pth"):
        fetch(["lpips"], progress=False)
    assert list(file.path.parent.iterdir()) == []


def test_without_network_the_address_and_the_place_are_named(no_weights, monkeypatch):
    def offline(*args, **kwargs):
        try:
            raise OSError("Name or service not known")
        except OSError as error:
            raise requests.ConnectionError("HTTPSConnectionPool: Max retries exceeded\nwith url") from error

    monkeypatch.setattr(requests, "get", offline)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between retries
    with pytest.raises(InputError) as caught:
        fetch(["lpips"], progress=False)
    message = str(caught.value)
    assert "\n" not in message
    assert "https://download.pytorch.org/models/vgg16-397923af.pth: cannot be fetched (Name or service" in message
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
    file = served("lpips:alex", b"", name=f"alexnet-owt-{sha256[:8]}.pth", sha256=sha256[:8])
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


class TestTrunkAlone:
    """A file that carries the checksum of a whole classifier, and holds what LPIPS takes of it."""

    @pytest.fixture
    def state(self, weights_made):
        state = torch.load(weights_made / "lpips" / "alexnet-owt-7be5be79.pth")
        return {name: tensor.clone() for name, tensor in state.items() if name.startswith("features.")}

    def put(self, state):
        (file,) = weights.weight_files("lpips", "alex")
        file.path.parent.mkdir(parents=True)
        torch.save(state, file.path)
        return file

    def test_it_is_good(self, no_weights, state):
        file = self.put(state)
        assert fetch(["lpips:alex"], progress=False) == []
        recorded = json.loads((file.path.parent / "checksums.json").read_text())[file.name]
        assert recorded["sha256"] == hashlib.sha256(file.path.read_bytes()).hexdigest()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda state: state.pop("features.10.bias"),
            lambda state: state.update({"features.0.weight": torch.zeros(64, 3, 3, 3)}),
            lambda state: state.update({"features.0.weight": 3}),
        ],
    )
    def test_with_other_tensors_it_is_damaged(self, no_weights, state, spoil):
        spoil(state)
        self.put(state)
        with pytest.raises(InputError, match=r"damaged: .*; delete it and run this command again"):
            fetch(["lpips:alex"], progress=False)


def test_a_download_that_breaks_off_is_tried_again(served, monkeypatch):
    file = served("lpips:alex", b"weights", name="trunk.pth", sha256="")
    get, broken = requests.get, [requests.ConnectionError("reset"), requests.ConnectionError("reset")]

    def unsteady(*args, **kwargs):
        if broken:
            raise broken.pop()
        return get(*args, **kwargs)

    monkeypatch.setattr(requests, "get", unsteady)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    assert fetch(["lpips:alex"], progress=False) == [file.path]
    assert file.path.read_bytes() == b"weights"
