"""Several images in flight on a GPU find what each finds alone, and need no more memory than they are said to."""

from __future__ import annotations

import time

import pytest
import torch

from camera_estimation.batch.device_memory import image_bytes, measured_bytes, release_memory
from camera_estimation.commands.estimate import _batch_worker
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.results.entries import camera_of
from tests.support.batches import make_plan, run_batches
from tests.support.orbits import SIZE, angle_deg

pytestmark = pytest.mark.cuda

CUDA = torch.device("cuda:0")
COPIES = 4
ENOUGH_FOR = 2  # images: the memory there is where it is short


def test_poses_are_those_of_one_after_the_other(tmp_path, capsys):
    plan = make_plan(tmp_path, COPIES)
    seconds, found = {}, {}
    for count in (1, 2, 8):
        started = time.perf_counter()
        found[count] = run_batches(plan, count, device="cuda")
        seconds[count] = time.perf_counter() - started
    for entries in (found[2], found[8]):
        for entry, alone in zip(entries, found[1], strict=True):
            assert entry["name"] == alone["name"]
            assert angle_deg(camera_of(entry), camera_of(alone)) < 1e-2
    with capsys.disabled():
        told = ", ".join(f"{count} in flight: {value / len(plan.samples):.2f} s" for count, value in seconds.items())
        print(f"\nan image takes with {told}")


def test_memory_of_an_image_is_not_underestimated_by_much(tmp_path):
    plan = make_plan(tmp_path)
    torch.cuda.reset_peak_memory_stats(CUDA)
    run_batches(plan, 1, device="cuda")
    faces = len(load_mesh(plan.samples[0].mesh_path).faces)
    assert measured_bytes(CUDA) < 1.5 * image_bytes(plan.config, faces, (SIZE, SIZE))


def test_a_lack_of_memory_is_overcome(tmp_path, monkeypatch):
    """By a limit that several images do not fit in: fewer are in flight, and all are found."""
    monkeypatch.setattr(_batch_worker, "fitting_count", lambda wanted, each, free: wanted)
    plan = make_plan(tmp_path, COPIES)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(CUDA)
    run_batches(plan, 1, device="cuda")
    alone = torch.cuda.max_memory_reserved(CUDA)
    release_memory()
    total = torch.cuda.get_device_properties(CUDA).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, ENOUGH_FOR * alone / total), CUDA)
    try:
        entries = run_batches(plan, 8, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, CUDA)
    assert all(entry["status"] == "ok" for entry in entries)
