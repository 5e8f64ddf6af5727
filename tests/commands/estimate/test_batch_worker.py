"""Several images in flight at once."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace

import pytest
import torch

import camera_estimation.estimation
from camera_estimation.commands.estimate import _batch_worker
from camera_estimation.commands.estimate._batch_worker import reason_against_batch
from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError
from camera_estimation.results.pose_file import read_poses
from tests.support.small_samples import stub_estimator, write_box, write_disc

CONFIG = merge_settings(Configuration(), {"device": "cpu", "batch": 4, "pictures": "none"})
NAMES = "abcdefg"
SHORTAGE = torch.cuda.OutOfMemoryError("CUDA out of memory")


class Watch:
    """How many estimates are in flight, and what each does."""

    def __init__(self):
        self.lock, self.now, self.most, self.seconds = threading.Lock(), 0, 0, 0.05
        self.begun, self.at_once = [], {}

    def fly(self, name, work):
        with self.lock:
            self.now += 1
            self.begun.append(name)
            self.most, self.at_once[name] = max(self.most, self.now), self.now
        try:
            time.sleep(self.seconds)
            return work()
        finally:
            with self.lock:
                self.now -= 1


@pytest.fixture
def behavior():
    return {}


@pytest.fixture
def watch(monkeypatch, behavior):
    """Estimators that are slow enough to be in flight together."""
    watch, stub = Watch(), stub_estimator(behavior, [])

    class WatchedEstimator(stub):
        def estimate(self, image, **options):
            return watch.fly(image.path.stem, lambda: stub.estimate(self, image, **options))

    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", WatchedEstimator)
    return watch


@pytest.fixture
def plan(tmp_path):
    mesh = write_box(tmp_path / "in" / "box.glb")
    images = [write_disc(tmp_path / "in" / f"{name}.png") for name in NAMES]
    samples = [Sample(image.stem, mesh, image) for image in images]
    return EstimatePlan(config=CONFIG, samples=samples, output_dir=tmp_path / "out")


def with_batch(plan, count, **settings):
    return replace(plan, config=merge_settings(plan.config, {"batch": count, **settings}))


def order_of(told: str) -> str:
    """First letters of the samples in a run's lines."""
    lines = told.splitlines()
    return "".join(line.partition("] ")[2][0] for line in lines if line.startswith("["))


def test_results_come_in_the_order_of_the_samples(plan, watch, capsys):
    watch.seconds = 0.02
    summary = run_samples(plan)
    assert (summary.ok, summary.exit_code) == (7, 0)
    assert order_of(capsys.readouterr().err) == NAMES
    assert [entry["name"] for entry in read_poses(plan.output_dir)] == list(NAMES)


def test_as_many_are_in_flight_as_are_asked_for_once_the_first_is_through(plan, watch):
    run_samples(plan)
    assert watch.at_once["a"] == 1
    assert watch.most == 4


def test_one_that_fails_costs_the_others_nothing(plan, watch, behavior):
    behavior.update(a=InputError("a.png: shows nothing; give another"), d=RuntimeError("odd"))
    assert run_samples(plan).failed == 2
    entries = {entry["name"]: entry for entry in read_poses(plan.output_dir)}
    assert entries["d"]["error"] == "internal error: RuntimeError: odd"
    assert [name for name, entry in entries.items() if entry["status"] == "ok"] == list("bcefg")
    assert watch.most == 4


def test_where_memory_is_short_fewer_are_begun(plan, watch, monkeypatch, capsys):
    each = _batch_worker.image_bytes(plan.config, 12, (48, 40))
    monkeypatch.setattr(_batch_worker, "free_bytes", lambda device: 3 * each)
    assert run_samples(plan).ok == 7
    assert watch.most == 2
    assert "--batch 4: 2 images are in flight, as each takes about" in capsys.readouterr().err


def fall_short(monkeypatch, watch, most):
    """Estimates of which there is memory for ``most``."""
    fly = watch.fly

    def fly_short(name, work):
        def lack():
            if watch.now > most:
                raise SHORTAGE
            return work()

        return fly(name, lack)

    monkeypatch.setattr(watch, "fly", fly_short)


def test_an_estimate_that_lacks_memory_is_made_again_beside_fewer(plan, watch, monkeypatch, capsys):
    fall_short(monkeypatch, watch, 1)
    assert run_samples(plan).ok == 7
    told = capsys.readouterr().err
    assert told.count("memory of cpu is short: 2 images are in flight from here on") == 1
    assert told.count("memory of cpu is short: 1 image is in flight from here on") == 1
    assert order_of(told) == NAMES


def test_what_does_not_fit_alone_fails_with_advice(plan, watch, behavior):
    behavior["c"] = SHORTAGE
    summary = run_samples(plan)
    assert (summary.ok, summary.failed) == (6, 1)
    (failure,) = [entry["error"] for entry in read_poses(plan.output_dir) if entry["status"] == "failed"]
    assert failure.startswith("the memory of the device does not suffice: choose a smaller resolution")
    assert "\n" not in failure


def test_without_a_batch_the_advice_is_the_same(plan, watch, behavior):
    behavior["c"] = SHORTAGE
    assert run_samples(with_batch(plan, 1)).failed == 1
    assert "simpler objective" in read_poses(plan.output_dir)[2]["error"]


@pytest.mark.usefixtures("ctrl_c")
def test_those_in_flight_are_finished_after_ctrl_c(plan, watch, monkeypatch):
    fly = watch.fly

    def interrupt(name, work):
        if name == "c":
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return fly(name, work)

    monkeypatch.setattr(watch, "fly", interrupt)
    summary = run_samples(plan)
    assert summary.interrupted
    finished = [entry["name"] for entry in read_poses(plan.output_dir)]
    assert finished == sorted(watch.begun)
    assert "g" not in finished
    assert run_samples(plan).ok == 7 - len(finished)


@pytest.mark.parametrize(
    ("changes", "settings", "reason"),
    [
        ({"sequence": True}, {}, "frames start from their neighbors"),
        ({"random_init": 2}, {}, "many starts"),
        ({"joint": True}, {}, "together"),
        ({"record_every": 1}, {}, "records"),
        ({}, {"loss": {"file": "mine.py"}}, "objectives of mine.py"),
        ({}, {"renderer": "pytorch3d"}, "renderer pytorch3d"),
    ],
)
def test_what_cannot_be_in_flight_together_is_told(plan, changes, settings, reason):
    assert reason in reason_against_batch(replace(with_batch(plan, 2, **settings), **changes))


def test_independent_samples_can_be(plan):
    assert reason_against_batch(plan) is None


def test_dependent_samples_go_one_after_the_other(plan, watch, capsys):
    assert run_samples(with_batch(plan, 4, renderer="pytorch3d")).ok == 7
    assert watch.most == 1
    assert "--batch 4: one image after the other, as the renderer pytorch3d" in capsys.readouterr().err
