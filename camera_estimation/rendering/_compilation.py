"""Noticing that Warp compiles a module, while it does: Warp itself tells of it afterwards."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import warp as wp

from camera_estimation.io import note_compilation

WHAT = "the drawing of meshes"
DURATIONS = {"cpu": "some ten seconds", "cuda": "about a minute"}  # of all modules that an estimate needs
LOOK_SECONDS = 0.1  # the smallest module takes half a second, one that is in the cache a hundredth


@contextmanager
def watch_compilation(module: str, device_type: str) -> Iterator[None]:
    """Note that a module of kernels is compiled, while it is launched for the first time.

    Warp compiles in a folder beside those of its cache, named after the module and the process. That is looked for, as
    what Warp goes by to find a module in its cache differs from release to release.

    Args:
        module: Its name, which is that of the Python module.
        device_type: "cpu" or "cuda".
    """
    before, ended = _build_folders(module), threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            if _build_folders(module) - before:
                note_compilation(WHAT, DURATIONS[device_type])
                return

    watcher = threading.Thread(target=look, name="compilation", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _build_folders(module: str) -> set[Path]:
    """Of this process; what a killed one has left may have the same number."""
    return {*Path(wp.config.kernel_cache_dir).glob(f"wp_{module}_*_p{os.getpid()}*")}
