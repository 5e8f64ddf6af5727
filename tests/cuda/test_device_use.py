"""Results of the GPU do not vary, its memory is given back, and streams do not disturb each other."""

from __future__ import annotations

import gc
import threading
import warnings
from dataclasses import replace

import pytest
import torch

from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.geometry.camera import retract
from camera_estimation.losses.pose_scorer import PoseScorer
from camera_estimation.refinement.gauss_newton import refine
from camera_estimation.rendering.renderer import Renderer
from tests.support.orbits import angle_deg
from tests.support.shapes import bumpy_ball, target_view, view_from
from tests.support.small_estimates import small_cases

pytestmark = pytest.mark.cuda

CUDA = torch.device("cuda:0")
KEPT_BYTES = 2**20  # what caches of torch and of ours may grow by from one image to the next
DRAWS = 30
ITERATIONS = 6
# The pretended device counts two of an iteration; torch may wait more than once inside of a function.
MOST_WAITS_PER_ITERATION, MOST_WAITS_PER_CALL = 4, 8


@pytest.fixture
def renderer():
    return Renderer(bumpy_ball(60, 60).to(CUDA))


def views(count: int = 4):
    step = 0.2 * torch.randn(count, 6, generator=torch.Generator().manual_seed(0))
    return retract(view_from((0.5, 0.4, 1.0), 3.5)[[0] * count], step).to(CUDA)


def test_pictures_are_the_same_each_time(renderer):
    first = renderer.draw(views())
    for _ in range(5):
        assert all(map(torch.equal, renderer.draw(views()), first))


@pytest.mark.parametrize("name", ["exact", "hidden"])
def test_poses_are_the_same_each_time(name):
    mesh, cases = small_cases()
    config = replace(cases[name].config, device="cuda")
    first, second = (CameraEstimator(mesh, config).estimate(cases[name].image) for _ in range(2))
    assert angle_deg(first.camera, second.camera) < 1e-3
    assert first.loss == pytest.approx(second.loss, rel=1e-4)


def used_bytes() -> int:
    gc.collect()
    torch.cuda.synchronize()
    return torch.cuda.memory_allocated()


def test_memory_is_given_back():
    mesh, cases = small_cases()
    before = used_bytes()
    estimator = CameraEstimator(mesh, replace(cases["exact"].config, device="cuda"))
    estimator.estimate(cases["exact"].image)
    prepared = used_bytes()
    for name in ("exact", "exact"):
        estimator.estimate(cases[name].image)
        assert used_bytes() - prepared < KEPT_BYTES
    del estimator
    assert used_bytes() - before < 8 * KEPT_BYTES  # cuBLAS keeps its work space


def test_streams_do_not_disturb_each_other(renderer):
    expected = renderer.draw(views())
    torch.cuda.synchronize()
    streams, found = [torch.cuda.Stream() for _ in range(4)], []
    for number in range(DRAWS):
        with torch.cuda.stream(streams[number % len(streams)]):
            found.append(renderer.draw(views()))
    torch.cuda.synchronize()
    assert all(torch.equal(*pair) for drawn in found for pair in zip(drawn, expected, strict=True))


def test_threads_do_not_disturb_each_other(renderer):
    """Each with a stream of its own: launches go to that of their thread."""
    expected = renderer.draw(views())
    torch.cuda.synchronize()
    wrong = []

    def draw_often():
        with torch.cuda.stream(torch.cuda.Stream()):
            for _ in range(DRAWS):
                drawn = renderer.draw(views())
                torch.cuda.current_stream().synchronize()
                wrong.extend(pair for pair in zip(drawn, expected, strict=True) if not torch.equal(*pair))

    threads = [threading.Thread(target=draw_often) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_refinement_waits_no_more_than_declared(renderer):
    """Torch's own count of synchronisations, beside that of the pretended device."""
    camera = view_from((0.5, 0.4, 1.0), 3.5)
    seen = target_view(Renderer(bumpy_ball(60, 60)), camera)
    target = replace(seen, rgba=seen.rgba.to(CUDA), pixel_weight=seen.pixel_weight.to(CUDA))
    start = retract(camera, torch.full((1, 6), 0.04)).to(CUDA)
    refine(renderer, start, PoseScorer(target, 1.0), ITERATIONS, together=True)  # what is made once
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            refine(renderer, start, PoseScorer(target, 1.0), ITERATIONS, together=True)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    waits = [str(each.message) for each in caught if "synchroniz" in str(each.message)]
    assert len(waits) <= MOST_WAITS_PER_ITERATION * ITERATIONS + MOST_WAITS_PER_CALL


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_any_device_will_do():
    mesh, camera = bumpy_ball(40, 40), views(1)
    drawn = [Renderer(mesh.to(device)).draw(camera.to(device))[0].cpu() for device in ("cuda:0", "cuda:1")]
    assert torch.equal(*drawn)
