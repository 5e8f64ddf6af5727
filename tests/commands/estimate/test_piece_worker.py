"""A worker process as the run sees it."""

from __future__ import annotations

import os
import signal

import pytest

from camera_estimation.commands.estimate.executors._piece_worker import PieceWorker
from camera_estimation.commands.estimate.executors._process_messages import WorkerReady, WorkerSettings
from tests.support.process_runs import wait_for


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be held here")
def test_signals_from_its_first_moment_on_are_for_the_run(capfd):
    """As Ctrl-C, which a terminal sends to a worker too that is still loading modules."""
    worker = PieceWorker(WorkerSettings("cpu", 1, False))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(worker.process.pid, number)
    assert wait_for(lambda: list(worker.read()) or worker.is_gone) == [WorkerReady()], worker.describe_end()
    worker.end()
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be held here")
def test_the_run_itself_still_gets_them_afterwards():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    worker = PieceWorker(WorkerSettings("cpu", 1, False))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
    worker.end()
