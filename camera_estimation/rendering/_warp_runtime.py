"""Starting Warp without its banner, and launching its kernels beside torch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from itertools import pairwise
from threading import Lock

import torch
import warp as wp
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.io import is_disk_full
from camera_estimation.rendering._compilation import watch_compilation

CHUNKS_PER_THREAD = 2
# Fewer items (pixels, faces: a tenth of a microsecond each or more) are done before another thread has woken up.
LEAST_ITEMS_PER_THREAD = 8192
CPU_ITEMS_PER_THREAD = 1024
_loaded: set[tuple[wp.Kernel, torch.device]] = set()
_loading = Lock()


@contextmanager
def _silence_native_stderr() -> Iterator[None]:
    """Drops what native code writes to stderr: Warp warns there that a machine without a GPU has none."""
    try:
        saved = os.dup(2)
    except OSError:  # no stderr at all
        yield
        return
    sys.stderr.flush()
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)


def start_warp() -> None:
    """Initialise Warp once, quietly; errors still raise, InputError where its folder cannot be made."""
    if hasattr(wp.config, "log_level"):
        wp.config.log_level = wp.LOG_WARNING
    else:
        wp.config.quiet = True
    quiet = nullcontext() if torch.cuda.is_available() else _silence_native_stderr()
    try:
        with quiet:
            wp.init()
    except OSError as error:
        raise _folder_error(error) from error
    except RuntimeError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        raise ImportError(str(error)) from error  # Warp's own libraries, as Python says it of others


def launch_kernel(kernel: wp.Kernel, dim: Sequence[int], inputs: list, device: torch.device) -> None:
    """Launch on the stream that torch uses; the first time by one thread alone, for Warp loads the kernel then, or
    compiles it.

    The stream is named in the call: a scoped stream would be Warp's for all threads of the program, whose streams
    differ.

    Raises:
        InputError: It is to be compiled, and cannot be written to Warp's folder.
    """
    if (kernel, device) in _loaded:
        _launch(kernel, dim, inputs, device)
        return
    with _loading, watch_compilation(kernel.module.name, device.type):
        try:
            _launch(kernel, dim, inputs, device)
        except OSError as error:
            raise _folder_error(error) from error
        _loaded.add((kernel, device))


def _folder_error(error: OSError) -> InputError:
    """Of the folder that compiled kernels are kept in, which no flag names."""
    remedy = "free some space there" if is_disk_full(error) else "name a folder that can be written to"
    return InputError(
        f"{error.filename or wp.config.kernel_cache_dir}: kernels cannot be kept there ({error.strerror or error}); "
        f"{remedy}, or another one in WARP_CACHE_PATH"
    )


def _launch(kernel: wp.Kernel, dim: Sequence[int], inputs: list, device: torch.device) -> None:
    if device.type == "cuda":
        stream = wp.stream_from_torch(torch.cuda.current_stream(device))
        wp.launch(kernel, dim=dim, inputs=inputs, stream=stream, record_tape=False)
    else:
        wp.launch(kernel, dim=dim, inputs=inputs, device="cpu", record_tape=False)


def clear(tensor: Tensor) -> None:
    """Fill with zeros, in the order of the stream that ``launch_kernel`` uses."""
    if tensor.device.type == "cuda":
        tensor.zero_()
    else:
        wp.from_torch(tensor).zero_()  # not by torch, whose threads would go on spinning beside those that draw


def gives_each_item_a_thread(device: torch.device) -> bool:
    """Whether kernels run on as many threads as there are items; else they loop over many items on few threads."""
    return device.type == "cuda"


def items_per_thread(items: int, device: torch.device) -> int:
    """How many items a kernel's inner loop takes: on the CPU starting a kernel's thread costs more than an item."""
    return 1 if gives_each_item_a_thread(device) else min(items, CPU_ITEMS_PER_THREAD)


@lru_cache(maxsize=1)  # the threads of an earlier number end
def _thread_pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="render")


def useful_threads(items: int | None, device: torch.device) -> int:
    """How many threads share the items of a kernel (None: very many); 1 on CUDA, which does that itself."""
    if gives_each_item_a_thread(device):
        return 1
    threads = torch.get_num_threads()
    return threads if items is None else max(1, min(threads, items // LEAST_ITEMS_PER_THREAD))


def for_each_chunk(
    launch: Callable[[slice, slice], None], views: int, parts: int, device: torch.device, items: int | None = None
) -> None:
    """Call ``launch(slice of views, slice of parts)`` until all parts of all views are covered.

    Once on CUDA. On the CPU, where a kernel runs on one thread, on as many threads as its ``items`` are enough for
    (None: on all): by views, by parts of a lone view.
    """
    if views == 0 or parts == 0:
        return
    threads = useful_threads(items, device)
    if threads == 1:
        launch(slice(0, views), slice(0, parts))
        return
    # Views differ in cost: several chunks a thread even it out. No more than that: a chunk is begun by Python, which
    # does one at a time, and on many processors that was most of the time.
    by_view = _split(views, CHUNKS_PER_THREAD * threads)
    by_part = _split(parts, -(-threads // views))
    chunks = iter([(chunk, part) for chunk in by_view for part in by_part])

    def work() -> None:
        for chunk, part in chunks:  # one iterator of a list for all: each takes the next that none has
            launch(chunk, part)

    others = [_thread_pool(torch.get_num_threads()).submit(work) for _ in range(threads - 1)]
    try:
        work()
    finally:
        for other in others:
            other.result()


def _split(count: int, pieces: int) -> list[slice]:
    pieces = min(count, pieces)
    edges = [count * i // pieces for i in range(pieces + 1)]
    return [slice(a, b) for a, b in pairwise(edges)]
