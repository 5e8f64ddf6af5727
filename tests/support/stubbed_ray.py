"""Workers of a Ray cluster of this machine whose estimates are those of ``stubbed_estimate``."""

from __future__ import annotations

from camera_estimation.commands.estimate.executors import ray
from camera_estimation.commands.estimate.executors._ray_worker import RemoteWorker


class StubbedWorker(RemoteWorker):
    def __init__(self, device: str, threads: int) -> None:
        from tests.support.stubbed_estimate import stub_estimates

        super().__init__(device, threads)
        stub_estimates()


def stub_remote_workers() -> None:
    ray.RemoteWorker = StubbedWorker
