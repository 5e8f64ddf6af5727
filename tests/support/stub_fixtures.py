"""Runs whose estimator is a stub: what it is to do, what it was asked for, and a plan of three small samples."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.dataset.pairing import Sample
from tests.support.small_runs import small_plan_in, small_samples_in
from tests.support.small_samples import stub_estimator


@pytest.fixture
def behavior() -> dict[str, BaseException]:
    """What the stub raises, by the stem of an image."""
    return {}


@pytest.fixture
def log() -> list[Any]:
    """The names of meshes, and of images with their intrinsics, that the stub was given."""
    return []


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch, behavior: dict[str, BaseException], log: list[Any]) -> None:
    import camera_estimation.estimation

    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", stub_estimator(behavior, log))


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Two images of one mesh, then one of another."""
    return small_samples_in(tmp_path / "in")


@pytest.fixture
def plan(tmp_path: Path, samples: list[Sample]) -> EstimatePlan:
    """Of those samples, without pictures."""
    return small_plan_in(tmp_path, samples)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Interrupts, as it does at a keyboard: shells let what runs in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
