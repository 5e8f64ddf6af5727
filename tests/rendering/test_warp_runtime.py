"""How the CPU's threads share the items of kernels."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections import Counter

import pytest
import torch
import warp as wp

from camera_estimation.errors import InputError
from camera_estimation.io.atomic import is_disk_full
from camera_estimation.rendering._warp_runtime import (
    CHUNKS_PER_THREAD,
    LEAST_ITEMS_PER_THREAD,
    for_each_chunk,
    launch_kernel,
    start_warp,
    useful_threads,
)

CPU = torch.device("cpu")


@wp.kernel
def idle():
    pass


@pytest.fixture
def four_threads(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)


def share(views: int, parts: int, items: int | None) -> tuple[Counter, set[int]]:
    """How often each part of each view was done, and by which threads."""
    done, threads = Counter(), set()

    def launch(chunk: slice, part: slice) -> None:
        threads.add(threading.get_ident())
        time.sleep(0.01)  # so that none is done with all before the others have begun
        done.update((view, row) for view in range(chunk.start, chunk.stop) for row in range(part.start, part.stop))

    for_each_chunk(launch, views, parts, CPU, items)
    return done, threads


@pytest.mark.parametrize("views", [1, 3, 4, 9, 50])
@pytest.mark.parametrize("items", [None, 10**6])
def test_all_parts_of_all_views_are_done_once_by_several_threads(four_threads, views, items):
    done, threads = share(views, 7, items)
    assert done == Counter((view, row) for view in range(views) for row in range(7))
    assert 1 < len(threads) <= 4


@pytest.mark.parametrize("views", [1, 9])
def test_few_items_are_done_by_the_thread_that_asks(four_threads, views):
    done, threads = share(views, 7, 2 * LEAST_ITEMS_PER_THREAD - 1)
    assert done == Counter((view, row) for view in range(views) for row in range(7))
    assert threads == {threading.get_ident()}


def test_each_thread_has_enough_to_do(four_threads):
    counts = [useful_threads(items, CPU) for items in (0, 2 * LEAST_ITEMS_PER_THREAD, 10**9, None)]
    assert counts == [1, 2, 4, 4]
    assert useful_threads(10**9, torch.device("cuda")) == 1


def test_what_fails_in_a_thread_is_raised(four_threads):
    def launch(chunk: slice, part: slice) -> None:
        if chunk.start == 3:
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        for_each_chunk(launch, 9, 1, CPU)


@pytest.mark.parametrize("threads", [2, 5, 16])
@pytest.mark.parametrize("views", [1, 3, 12, 40])
def test_pieces_are_no_more_than_threads_need(threads, views, monkeypatch):
    """Python begins each: on 16 processors 192 pieces of 12 views took longer than to draw them."""
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    pieces = []
    for_each_chunk(lambda chunk, part: pieces.append((chunk, part)), views, 300, CPU)
    assert threads <= len(pieces) <= CHUNKS_PER_THREAD * threads


def test_a_library_of_warp_that_cannot_be_loaded_is_told_as_those_of_others(monkeypatch):
    def refuse() -> None:
        try:
            raise OSError("warp.so: failed to map segment from shared object")
        except OSError as error:
            raise RuntimeError("Failed to load the shared library 'warp.so'") from error

    monkeypatch.setattr(wp, "init", refuse)
    with pytest.raises(ImportError, match=r"warp\.so"):
        start_warp()


@pytest.mark.parametrize(("code", "remedy"), [(errno.EACCES, "name a folder"), (errno.ENOSPC, "free some space there")])
def test_a_folder_that_cannot_keep_kernels_is_named(monkeypatch, code, remedy):
    def refuse(*arguments, **options):
        raise OSError(code, os.strerror(code), "/cache/warp")

    told = rf"^/cache/warp: kernels cannot be kept there \({os.strerror(code)}\); {remedy}.* in WARP_CACHE_PATH$"
    monkeypatch.setattr(wp, "init", refuse)
    with pytest.raises(InputError, match=told):
        start_warp()
    monkeypatch.setattr(wp, "launch", refuse)
    with pytest.raises(InputError, match=told) as raised:
        launch_kernel(idle, (1,), [], CPU)
    assert is_disk_full(raised.value) == (code == errno.ENOSPC)
