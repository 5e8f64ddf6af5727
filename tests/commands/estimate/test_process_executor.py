"""What the run makes of what workers say, without processes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from camera_estimation.commands.estimate._recorder import RunEndError
from camera_estimation.commands.estimate._worker import SampleOutcome
from camera_estimation.commands.estimate.executors import processes
from camera_estimation.commands.estimate.executors._process_messages import PieceDone, PieceTrouble, WorkerSettings
from camera_estimation.commands.estimate.executors.processes import ProcessExecutor
from camera_estimation.commands.estimate.work_queue import WorkQueue
from tests.support.small_runs import small_plan_in, small_samples_in

GIGABYTE = 2**30


def stub_worker(piece=None, **state):
    settings = WorkerSettings("cpu", 1, False)
    ended = []
    common = {"piece": piece, "settings": settings, "is_ready": True, "first_bytes": 0, "was_killed": False}
    worker = SimpleNamespace(**{**common, **state}, ended=ended, describe_end=lambda: "was killed by SIGKILL")
    worker.end = lambda: ended.append(True)
    return worker


def make_hashable(worker):
    return type("Worker", (), vars(worker))


@pytest.fixture
def queue(tmp_path):
    plan = small_plan_in(tmp_path, small_samples_in(tmp_path / "in"))

    def fail(sample, reason):
        return SampleOutcome(sample, {"name": sample.name, "error": reason})

    return WorkQueue(plan, [[sample] for sample in plan.samples], {sample.name for sample in plan.samples}, {}, fail)


@pytest.fixture
def executor(queue):
    lines = []
    made = ProcessExecutor(queue.plan, lines.append)
    made.lines = lines
    return made


def test_a_worker_whose_memory_has_grown_is_replaced_after_its_piece(executor, queue):
    worker = stub_worker()
    executor._workers.append(worker)
    for gigabytes in (1.0, 2.0, 2.9):
        list(executor._take_message(worker, PieceDone(round(gigabytes * GIGABYTE)), queue))
    assert (executor.lines, worker.ended) == ([], [])
    list(executor._take_message(worker, PieceDone(round(3.2 * GIGABYTE)), queue))
    assert executor.lines == ["a worker is replaced, as its memory has grown to 3.2 GB"]
    assert (worker.ended, executor._workers, executor._slots) == ([True], [], [worker.settings])


def test_a_worker_that_was_replaced_is_not_replaced_again(executor, queue, monkeypatch):
    worker = stub_worker(first_bytes=GIGABYTE, connection=1, process=SimpleNamespace(sentinel=2), is_gone=True)
    worker.read = lambda: iter([PieceDone(4 * GIGABYTE)])
    monkeypatch.setattr(processes, "wait", lambda sources, seconds: sources)
    executor._workers.append(make_hashable(worker))
    assert list(executor._collect(queue)) == []
    assert (len(executor._workers), len(executor._slots)) == (0, 1)


def test_trouble_of_a_worker_is_the_failure_of_its_sample(executor, queue):
    worker = stub_worker(queue.take())
    (failed,) = executor._take_message(worker, PieceTrouble("what was sent cannot be read"), queue)
    assert failed.outcome.entry == {"name": "a_1", "error": "what was sent cannot be read"}
    assert worker.piece is None


def test_workers_that_never_start_end_the_run(executor, queue):
    for _ in range(processes.MOST_BAD_STARTS - 1):
        worker = stub_worker(is_ready=False)
        executor._workers.append(worker)
        list(executor._replace(worker, queue))
    worker = stub_worker(is_ready=False)
    executor._workers.append(worker)
    with pytest.raises(RunEndError, match=r"workers end while they start \(the last one was killed by SIGKILL\)"):
        list(executor._replace(worker, queue))


@pytest.mark.parametrize(("low", "places"), [(False, 2), (True, 1)])
def test_there_is_one_worker_less_where_memory_was_short(executor, queue, monkeypatch, low, places):
    monkeypatch.setattr(processes, "is_memory_low", lambda: low)
    others = stub_worker(queue.take())
    worker = stub_worker(queue.take(), was_killed=True)
    executor._workers += [others, worker]
    assert list(executor._replace(worker, queue)) == []
    assert len(executor._workers) + len(executor._slots) == places
    assert executor.lines == (["memory is short: there is one worker less from here on"] if low else [])
    assert len(queue) == 2  # the sample is tried again


def test_a_half_written_file_of_an_ended_worker_is_taken_away(executor, queue):
    piece = queue.take()
    folder = queue.plan.output_dir / piece.present.name
    folder.mkdir(parents=True)
    (folder / ".camera.json.999999999.tmp").touch()
    worker = stub_worker(piece)
    executor._workers.append(worker)
    executor._retire(worker)
    assert list(folder.iterdir()) == []


def test_workers_that_are_killed_while_they_load_become_fewer_before_the_run_ends(executor, queue, monkeypatch):
    monkeypatch.setattr(processes, "is_memory_low", lambda: False)  # there is room again where one is gone
    executor._workers = [stub_worker(is_ready=False, was_killed=True) for _ in range(3)]
    for worker in list(executor._workers):
        list(executor._replace(worker, queue))
    assert executor.lines == ["memory is short: there is one worker less from here on"] * 2
    assert (len(executor._workers), len(executor._slots), executor._bad_starts) == (0, 1, 1)
