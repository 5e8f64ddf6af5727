"""The server's folder is its own, and meshes in it are the last ones, whole, and not too many."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from camera_estimation.errors import InputError
from camera_estimation.serve.places import MeshShelf, Workspace, default_folder
from camera_estimation.serve.problems import RequestError

pytest.importorskip("filelock", reason="filelock is not installed: pip install 'camera-estimation[serve]'")


def put(shelf: MeshShelf, folder: Path, content: bytes, name: str = "a.glb") -> str:
    file = folder / name
    file.write_bytes(content)
    return shelf.put(file, hashlib.sha256(content).hexdigest()).id


@pytest.fixture
def shelf(tmp_path) -> MeshShelf:
    (tmp_path / "meshes").mkdir()
    return MeshShelf(tmp_path / "meshes", most_bytes=25)


def test_what_an_earlier_server_left_of_requests_is_taken_away(tmp_path):
    first = Workspace(tmp_path / "own")
    (first.request_folder() / "picture.png").write_bytes(b"left")
    (first.meshes / "kept").mkdir()
    first._lock.release()  # as the system does where it is killed
    second = Workspace(tmp_path / "own")
    assert list(second.requests.iterdir()) == []
    assert [path.name for path in second.meshes.iterdir()] == ["kept"]
    second.close()
    assert not second.requests.exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years")
    with pytest.raises(InputError, match="has other files in it, and camera-serve wants a folder for itself alone"):
        Workspace(tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years"


def test_two_servers_have_not_the_same_folder(tmp_path):
    first = Workspace(tmp_path / "own")
    with pytest.raises(InputError, match="another camera-serve has it; give --folder another one"):
        Workspace(tmp_path / "own")
    first.close()
    Workspace(tmp_path / "own").close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"cannot be written \(.*\); give --folder another one"):
        Workspace(tmp_path / "file" / "own")


def test_each_port_has_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CAMERA_ESTIMATION_CACHE", str(tmp_path))
    assert default_folder(8030) == tmp_path / "serve" / "8030"


def test_the_meshes_that_were_used_last_are_kept(shelf, tmp_path):
    first, second = put(shelf, tmp_path, b"1" * 10), put(shelf, tmp_path, b"2" * 10)
    shelf.leave(first)
    shelf.leave(second)
    shelf.find(first)
    third = put(shelf, tmp_path, b"3" * 10)
    assert shelf.used_bytes == 20
    assert shelf.find(first).path.read_bytes() == b"1" * 10
    assert shelf.find(third)
    with pytest.raises(RequestError) as refused:
        shelf.find(second)
    assert refused.value.status == 404
    assert {path.name for path in shelf.folder.iterdir()} == {first, third}


def test_a_mesh_that_somebody_waits_with_is_not_given_away(shelf, tmp_path):
    first = put(shelf, tmp_path, b"1" * 20)
    shelf.drop(first)
    assert shelf.find(first)
    with pytest.raises(RequestError, match="no room for another mesh until others are estimated") as refused:
        put(shelf, tmp_path, b"2" * 20)
    assert (refused.value.status, refused.value.retry_after) == (503, 10)
    shelf.leave(first)
    assert put(shelf, tmp_path, b"2" * 20)
    assert len(shelf) == 1


def test_the_same_mesh_is_kept_once_and_under_its_last_kind(shelf, tmp_path):
    first = put(shelf, tmp_path, b"1" * 10)
    assert put(shelf, tmp_path, b"1" * 10) == first
    assert shelf.used_bytes == 10
    shelf.leave(first)
    assert put(shelf, tmp_path, b"1" * 10, "a.ply") == first
    assert shelf.find(first).path.suffix == ".glb"  # in use still
    shelf.leave(first)
    shelf.leave(first)
    put(shelf, tmp_path, b"1" * 10, "a.ply")
    assert shelf.find(first).path.suffix == ".ply"


def test_meshes_outlast_the_server_unless_they_are_torn(shelf, tmp_path):
    whole, torn = put(shelf, tmp_path, b"1" * 10), put(shelf, tmp_path, b"2" * 10)
    shelf.find(torn).path.write_bytes(b"2" * 5)
    (shelf.folder / f".{'0' * 64}").mkdir()
    (shelf.folder / "stray").write_text("x")
    (shelf.folder / "other").mkdir()
    again = MeshShelf(shelf.folder, 25)
    assert again.find(whole).size == 10
    with pytest.raises(RequestError):
        again.find(torn)
    assert {path.name for path in shelf.folder.iterdir() if path.is_dir()} == {whole}
