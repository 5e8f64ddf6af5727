"""Copies of objects: whole, as storage has them now, no larger than the limits, and not more than fit."""

from __future__ import annotations

import errno
import json
import os
import threading
import time

import pytest

from camera_estimation.errors import InputError
from camera_estimation.io import input_path
from camera_estimation.io.cloud import copies, object_states
from camera_estimation.io.cloud.copies import copy_path, local_copy
from camera_estimation.io.cloud.object_states import forget_states

URL = "memory://bucket/a.txt"


@pytest.fixture
def reads(memory_store, monkeypatch):
    """The places that are downloaded, as they are."""
    found = []
    read = type(memory_store).get_file
    monkeypatch.setattr(
        type(memory_store),
        "get_file",
        lambda self, place, *args, **options: (found.append(place), read(self, place, *args, **options))[1],
    )
    return found


def test_an_object_is_read_once(memory_store, reads, own_copies):
    memory_store.pipe("bucket/a.txt", b"text")
    path = local_copy(URL)
    assert path.read_bytes() == b"text"
    assert path.is_relative_to(own_copies)
    forget_states()
    assert local_copy(URL) == path
    assert reads == ["bucket/a.txt"]
    assert sorted(each.suffix for each in path.parent.iterdir()) == [".json", ".txt"]


def test_one_that_changes_is_read_again(memory_store, reads):
    memory_store.pipe("bucket/a.txt", b"text")
    local_copy(URL)
    memory_store.pipe("bucket/a.txt", b"TEXT")
    forget_states()
    assert local_copy(URL).read_bytes() == b"TEXT"
    assert len(reads) == 2


def test_a_copy_that_is_damaged_is_made_again(memory_store, reads):
    memory_store.pipe("bucket/a.txt", b"text")
    path = local_copy(URL)
    path.write_bytes(b"tex")
    assert local_copy(URL).read_bytes() == b"text"
    copies._note_path(path).write_text("{")
    assert local_copy(URL).read_bytes() == b"text"
    path.unlink()
    assert local_copy(URL).read_bytes() == b"text"
    assert len(reads) == 4


def test_names_that_differ_by_case_have_copies_of_their_own(memory_store):
    for name in ("a.txt", "A.txt"):
        memory_store.pipe(f"bucket/{name}", name.encode())
    assert local_copy(URL).read_bytes() == b"a.txt"
    assert local_copy("memory://bucket/A.txt").read_bytes() == b"A.txt"
    assert local_copy(URL).name.lower() != local_copy("memory://bucket/A.txt").name.lower()


@pytest.mark.parametrize(("name", "ending"), [("a.b-c.png", ".png"), ("a", ""), ("x" * 300 + ".glb", ".glb")])
def test_a_copy_has_the_ending_of_its_object(own_copies, name, ending):
    assert copy_path(f"memory://bucket/{name}").suffix == ending
    assert len(copy_path(f"memory://bucket/{name}").name) < 60


def test_too_large_an_object_is_not_read(memory_store, reads, own_limits, own_copies):
    memory_store.pipe("bucket/a.txt", bytes(2000))
    own_limits(file_megabytes=0.001)
    with pytest.raises(InputError, match=r"^memory://bucket/a\.txt: has 0\.002 megabytes, more than limits\.file_mega"):
        local_copy(URL)
    assert not reads
    assert not own_copies.exists()


def test_one_that_grows_beyond_the_limit_is_let_go(memory_store, own_limits, own_copies):
    memory_store.pipe("bucket/a.txt", b"text")
    object_states.object_state(URL)
    memory_store.pipe("bucket/a.txt", bytes(2000))
    own_limits(file_megabytes=0.001)
    with pytest.raises(InputError, match=r"limits\.file_megabytes"):
        local_copy(URL)
    assert not [path for path in own_copies.rglob("*") if path.is_file()]


def test_one_that_changes_while_it_is_read(memory_store, monkeypatch):
    memory_store.pipe("bucket/a.txt", b"text")
    object_states.object_state(URL)
    memory_store.pipe("bucket/a.txt", b"longer text")
    assert local_copy(URL).read_bytes() == b"longer text"
    sizes = iter(range(20, 40))
    monkeypatch.setattr(copies, "_copy_content", lambda url, place: place.write_bytes(bytes(next(sizes))))
    memory_store.pipe("bucket/a.txt", b"other")
    forget_states()
    with pytest.raises(InputError, match="changes while it is read"):
        local_copy(URL)


def test_one_that_vanishes_before_it_is_read(memory_store):
    memory_store.pipe("bucket/a.txt", b"text")
    object_states.object_state(URL)
    memory_store.rm("bucket/a.txt")
    with pytest.raises(FileNotFoundError):
        local_copy(URL)


def test_a_full_disk_is_told_as_one(memory_store, monkeypatch, own_copies):
    memory_store.pipe("bucket/a.txt", b"text")

    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(memory_store), "get_file", fail)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\); free some space"):
        local_copy(URL)
    assert not [path for path in own_copies.rglob("*") if path.is_file()]


def test_several_threads_make_one_copy(memory_store, reads):
    memory_store.pipe("bucket/a.txt", b"text")
    found = []
    threads = [threading.Thread(target=lambda: found.append(local_copy(URL).read_bytes())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [b"text"] * 8
    assert len(reads) == 1


def test_those_that_were_not_used_for_longest_go_first(memory_store, own_limits, own_copies, monkeypatch):
    paths = []
    for number in range(4):
        memory_store.pipe(f"bucket/{number}.txt", bytes(1000))
        paths.append(local_copy(f"memory://bucket/{number}.txt"))
        os.utime(paths[-1], (1000 + number, 1000 + number))
    stale = own_copies / ".a.txt.1.tmp"
    stale.write_bytes(bytes(10))
    os.utime(stale, (1000, 1000))
    own_limits(storage_cache_gigabytes=3.9e-6)
    memory_store.pipe("bucket/new.txt", bytes(1000))
    monkeypatch.setattr(copies, "_unswept", None)
    new = local_copy("memory://bucket/new.txt")
    assert [path.exists() for path in (*paths, new)] == [False, False, True, True, True]
    assert not stale.exists()
    assert not copies._note_path(paths[0]).exists()
    assert local_copy("memory://bucket/0.txt").stat().st_size == 1000


def test_those_that_may_be_in_use_stay(memory_store, own_limits, monkeypatch):
    own_limits(storage_cache_gigabytes=1e-9)
    paths = []
    for number in range(3):
        monkeypatch.setattr(copies, "_unswept", None)
        memory_store.pipe(f"bucket/{number}.txt", bytes(1000))
        paths.append(local_copy(f"memory://bucket/{number}.txt"))
    assert all(path.exists() for path in paths)


def test_use_is_noted(memory_store):
    memory_store.pipe("bucket/a.txt", b"text")
    path = local_copy(URL)
    os.utime(path, (1000, 1000))
    assert time.time() - local_copy(URL).stat().st_mtime < 60


def test_the_note_says_what_it_is_a_copy_of(memory_store):
    memory_store.pipe("bucket/a.txt", b"text")
    note = json.loads(copies._note_path(local_copy(URL)).read_text())
    assert (note["url"], note["size"]) == (URL, 4)


def test_whoever_has_no_home_is_told(monkeypatch, memory_store):
    memory_store.pipe("bucket/a.txt", b"text")

    def fail():
        raise RuntimeError("no home")

    monkeypatch.setattr(copies, "cache_folder", fail)
    with pytest.raises(InputError, match="set CAMERA_ESTIMATION_CACHE to a folder"):
        input_path(URL).read_bytes()
