"""That kernels are compiled is told while they are, and only then."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
import torch
import warp as wp

from camera_estimation.io import tell_of_compilation
from camera_estimation.rendering import _warp_runtime
from camera_estimation.rendering._compilation import LOOK_SECONDS
from camera_estimation.rendering._warp_runtime import launch_kernel, start_warp

CPU = torch.device("cpu")
LINE = "compiling the drawing of meshes for this machine: this takes some ten seconds, and is kept for later runs"

start_warp()
wp.set_module_options({"enable_backward": False})


@wp.kernel
def double(values: wp.array(dtype=wp.float32)):
    index = wp.tid()
    values[index] = 2.0 * values[index]


@pytest.fixture
def lines(tmp_path, monkeypatch) -> Iterator[list[str]]:
    """With an empty cache of kernels."""
    monkeypatch.setattr(wp.config, "kernel_cache_dir", str(tmp_path))
    monkeypatch.setattr(_warp_runtime, "_loaded", set())
    yield []
    tell_of_compilation(None)


def launch_anew(told: list[str]) -> list[str]:
    """What a process tells that launches the kernel for the first time."""
    told.clear()
    tell_of_compilation(told.append)
    _warp_runtime._loaded.clear()
    double.module.unload()
    values = torch.ones(3)
    launch_kernel(double, (3,), [wp.from_torch(values)], CPU)
    assert values.tolist() == [2.0, 2.0, 2.0]
    return told


def test_what_is_compiled_is_told_and_what_the_cache_has_is_not(lines):
    assert launch_anew(lines) == [LINE]
    assert launch_anew(lines) == []


def test_what_a_killed_process_has_left_is_not_taken_for_its_own(lines, tmp_path, monkeypatch):
    (tmp_path / f"wp_{double.module.name}_0123456_p{os.getpid()}_t1").mkdir()
    monkeypatch.setattr(_warp_runtime, "_launch", lambda *arguments: time.sleep(3 * LOOK_SECONDS))
    tell_of_compilation(lines.append)
    launch_kernel(double, (3,), [], CPU)
    assert lines == []
