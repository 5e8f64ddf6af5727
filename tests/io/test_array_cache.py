from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.io.array_cache import ArrayCache

HOUR = 3600  # seconds


@pytest.fixture
def cache(tmp_path) -> ArrayCache:
    return ArrayCache(tmp_path / "cache", limit=100_000)


def arrays_of(seed: int, count: int = 3000) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {"half": random.random((2, count)).astype(np.float16), "single": random.random(5).astype(np.float32)}


def assert_same(own: dict[str, np.ndarray] | None, other: dict[str, np.ndarray]) -> None:
    assert own is not None
    assert own.keys() == other.keys()
    for name, array in other.items():
        assert own[name].dtype == array.dtype
        assert np.array_equal(own[name], array)


def test_what_was_written_is_read(cache):
    assert cache.read("a") is None
    cache.write("a", arrays_of(1))
    cache.write("b", arrays_of(2))
    assert_same(cache.read("a"), arrays_of(1))
    assert_same(cache.read("b"), arrays_of(2))


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "flipped", "without checksum"])
def test_damaged_files_count_as_absent(cache, damage):
    cache.write("a", arrays_of(1))
    path = cache.path("a")
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[:-7]
    elif damage == "empty":
        content = bytearray()
    elif damage == "text":
        content = bytearray(b"something else that is longer than a header")
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
    else:
        from safetensors.numpy import save

        content = bytearray(save(arrays_of(1)))
    path.write_bytes(content)
    assert cache.read("a") is None
    cache.write("a", arrays_of(1))
    assert_same(cache.read("a"), arrays_of(1))


def test_those_not_used_for_longest_are_removed(cache):
    names = [f"n{index}" for index in range(7)]  # of 12 kB each
    for age, name in enumerate(reversed(names[:6])):
        cache.write(name, arrays_of(0))
        os.utime(cache.path(name), (1e9 - age * HOUR,) * 2)
    assert cache.read("n0") is not None  # the oldest, used now
    small = ArrayCache(cache.folder, limit=50_000)
    small.write("n6", arrays_of(0))
    assert {path.stem for path in cache.folder.iterdir()} == {"n0", "n4", "n5", "n6"}


def test_one_file_alone_may_be_beyond_the_limit(tmp_path):
    cache = ArrayCache(tmp_path, limit=10)
    cache.write("a", arrays_of(1))
    assert cache.read("a") is None


def test_writers_at_once_leave_whole_files(cache):
    def write(index: int) -> None:
        cache.write(f"k{index % 3}", arrays_of(index % 3))
        read = cache.read(f"k{index % 3}")
        assert read is None or np.array_equal(read["half"], arrays_of(index % 3)["half"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    for index in range(3):
        assert_same(cache.read(f"k{index}"), arrays_of(index))


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        ArrayCache(tmp_path / "file", limit=1000).write("a", arrays_of(1))


HOLDER = """
import sys, time
from camera_estimation.io.array_cache import ArrayCache
from pathlib import Path
with ArrayCache(Path(sys.argv[1]), 10).reserve("a"):
    print("mine", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(cache, seconds):
    command = [sys.executable, "-c", HOLDER, str(cache.folder), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "mine\n"
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="files are not waited for on Windows")
def test_another_process_waits_for_what_is_reserved_and_for_nothing_else(cache):
    process = hold(cache, 3.0)
    with cache.reserve("b"):
        assert process.poll() is None
    with cache.reserve("a"):
        assert process.poll() is not None or process.wait(60) == 0
    process.communicate()
    assert list(cache.folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files are not waited for on Windows")
def test_who_is_killed_reserves_nothing(cache):
    process = hold(cache, 300.0)
    process.kill()
    process.communicate()
    with cache.reserve("a"):
        pass
    assert list(cache.folder.iterdir()) == []


def test_where_nothing_can_be_locked_nobody_waits(tmp_path):
    (tmp_path / "file").touch()
    with ArrayCache(tmp_path / "file" / "cache", 10).reserve("a"):
        pass
