"""Paths of objects: what is a URL, what names it gives, and that it reads as a file does."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from camera_estimation.errors import InputError
from camera_estimation.io import ObjectPath, input_path, is_object


def test_a_url_is_a_path_with_its_names():
    path = input_path("s3://bucket/meshes/spot.v2.glb")
    assert isinstance(path, ObjectPath)
    assert is_object(path)
    assert str(path) == path.as_posix() == f"{path}" == "s3://bucket/meshes/spot.v2.glb"
    assert (path.name, path.stem, path.suffix) == ("spot.v2.glb", "spot.v2", ".glb")
    assert str(path.parent) == "s3://bucket/meshes"
    assert str(path.with_name("a.png")) == "s3://bucket/meshes/a.png"
    assert str(path.with_suffix(".bin")) == "s3://bucket/meshes/spot.v2.bin"
    assert str(path.parent / "textures" / "a.png") == "s3://bucket/meshes/textures/a.png"
    assert path.relative_to(path.parent).as_posix() == "spot.v2.glb"
    assert path == input_path("s3://bucket/meshes/spot.v2.glb")
    assert len({path, input_path(str(path))}) == 1


def test_it_goes_to_other_processes_as_it_is():
    path = input_path("gs://bucket/a/b.png")
    received = pickle.loads(pickle.dumps({"path": path}))["path"]
    assert isinstance(received, ObjectPath)
    assert received == path
    assert str(received) == "gs://bucket/a/b.png"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("S3://bucket/a.png", "s3://bucket/a.png"),
        ("s3a://bucket/a.png", "s3://bucket/a.png"),
        ("gcs://bucket/a.png", "gs://bucket/a.png"),
        ("abfss://bucket/a.png", "az://bucket/a.png"),
        ("s3://bucket/folder/", "s3://bucket/folder"),
        (Path("s3://bucket/a.png"), "s3://bucket/a.png"),
        ("s3://bucket/with blank#1.png", "s3://bucket/with blank#1.png"),
    ],
)
def test_ways_to_write_a_url(text, url):
    assert str(input_path(text)) == url


@pytest.mark.parametrize("text", ["a.png", "/a/b.png", "C:/a.png", "s3:/bucket", "a/s3://b"])
def test_paths_stay_paths(text):
    assert input_path(text) == Path(text)
    assert not is_object(input_path(text))


def test_what_a_table_names_is_relative_to_it(tmp_path):
    assert input_path("a/b.png", tmp_path) == tmp_path / "a" / "b.png"
    assert str(input_path("s3://bucket/b.png", tmp_path)) == "s3://bucket/b.png"
    table = input_path("s3://bucket/tables/old")
    assert str(input_path("../images/b.png", table)) == "s3://bucket/tables/images/b.png"
    assert input_path("/local/b.png", table) == Path("/local/b.png")
    with pytest.raises(InputError, match="relative"):
        input_path("../../../other/b.png", table)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("s3://", "'' is no name of a bucket"),
        ("s3:///etc/passwd", "'' is no name of a bucket"),
        ("az://container@account.example.org/a", "is no name of a bucket"),
        ("s3://127.0.0.1:9000/a", "is no name of a bucket"),
        ("s3://key:secret@bucket/a", "is no name of a bucket"),
        ("s3://bucket/a//b.png", "empty, relative or unprintable"),
        ("s3://bucket/../other/b.png", "empty, relative or unprintable"),
        ("s3://bucket/a\nb.png", "empty, relative or unprintable"),
        ("s3://bucket/a.png?versionId=3", "question mark"),
    ],
)
def test_what_no_path_can_hold_is_refused(url, line):
    with pytest.raises(InputError, match=line) as told:
        input_path(url)
    assert "\n" not in str(told.value)


def test_it_is_read_as_a_file_is(memory_store):
    memory_store.pipe("bucket/a/b.txt", b"text\n")
    path = input_path("memory://bucket/a/b.txt")
    assert [path.exists(), path.is_file(), path.is_dir()] == [True, True, False]
    assert [path.parent.exists(), path.parent.is_file(), path.parent.is_dir()] == [True, False, True]
    assert path.read_bytes() == b"text\n"
    assert path.read_text() == "text\n"
    with path.open("rb") as stream, open(path, "rb") as other:
        assert stream.read() == other.read() == b"text\n"
    assert path.stat().st_size == 5
    assert path.stat().st_mtime_ns > 0
    assert os.path.isfile(os.fspath(path))
    assert Path(os.fspath(path)).suffix == ".txt"
    assert path.resolve() == path.absolute() == path
    assert path.samefile(path)
    assert not path.is_symlink()


def test_a_folder_is_listed(memory_store):
    for name in ("a.png", "b.txt", "inner/c.png"):
        memory_store.pipe(f"bucket/f/{name}", b"1")
    folder = input_path("memory://bucket/f")
    assert [path.name for path in folder.iterdir()] == ["a.png", "b.txt", "inner"]
    assert [str(path) for path in folder.glob("*.png")] == ["memory://bucket/f/a.png"]
    with pytest.raises(InputError, match="folders in folders"):
        folder.glob("*/*.png")
    with pytest.raises(FileNotFoundError):
        input_path("memory://bucket/none").iterdir()


def test_what_is_not_there(memory_store):
    path = input_path("memory://bucket/none.txt")
    assert [path.exists(), path.is_file(), path.is_dir()] == [False, False, False]
    with pytest.raises(FileNotFoundError):
        path.read_bytes()
    with pytest.raises(FileNotFoundError):
        path.stat()


def test_a_name_that_leads_away_is_that_of_nothing(memory_store):
    memory_store.pipe("bucket/secret.txt", b"1")
    folder = input_path("memory://bucket/a")
    for name in ("../secret.txt", "/etc/passwd"):
        assert not (folder / name).exists()
        with pytest.raises(FileNotFoundError):
            (folder / name).read_bytes()


def test_nothing_is_written(memory_store):
    path = input_path("memory://bucket/a.txt")
    for write in (lambda: path.write_bytes(b"1"), path.mkdir, lambda: path.open("a")):
        with pytest.raises(InputError, match=r"memory://bucket/a\.txt: is in cloud storage, where nothing is written"):
            write()
    assert not memory_store.exists("bucket/a.txt")


def test_libraries_are_loaded_only_for_what_is_read():
    program = """
import sys
from camera_estimation.io import input_path
path = input_path("s3://bucket/a/b.png")
assert path.with_suffix(".glb").name == "b.glb"
assert not {"fsspec", "s3fs", "botocore", "aiohttp", "torch"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
