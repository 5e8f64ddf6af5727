from __future__ import annotations

import subprocess
import sys

import pytest

from camera_estimation.io.freed_memory import FreedMemory

# What is freed lies below what is not, so that glibc by itself keeps it.
FRAGMENTED = """
import ctypes, psutil
from camera_estimation.io import keep_freed_memory
from camera_estimation.io.freed_memory import FreedMemory
keep_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def fill(size):
    place = libc.malloc(size)
    ctypes.memset(place, 1, size)
    return place
blocks = [(fill(2**22), fill(2**12)) for _ in range(50)]
for large, _ in blocks:
    libc.free(large)
before = psutil.Process().memory_info().rss
FreedMemory(seconds=0).release_if_due()
print(before - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc keeps what is freed")
def test_what_lies_between_things_in_use_is_given_back():
    run = subprocess.run([sys.executable, "-c", FRAGMENTED], capture_output=True, text=True, check=True)
    assert int(run.stdout) > 150 * 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="glibc keeps what is freed")
def test_it_is_given_back_seldom():
    memory = FreedMemory(seconds=3600)
    assert not memory.release_if_due()
    memory = FreedMemory(seconds=0)
    assert memory.release_if_due()
    assert memory.release_if_due()


def test_a_system_without_the_call_needs_no_change(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not FreedMemory(seconds=0).release_if_due()
