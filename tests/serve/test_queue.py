"""Work waits in order, in a bounded queue; it can be waited for, asked for and left off, and nothing is lost."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from camera_estimation.serve.jobs import WorkerDiedError
from tests.support.serving import BOUNDARY, PATIENCE, Serving, form_of, serve_pretended


@pytest.fixture
def held(tmp_path) -> Iterator[Serving]:
    """A server whose worker does not get on until its gate is opened."""
    with serve_pretended(tmp_path / "own", waiting=2, estimate_seconds=30, jobs_kept=3) as serving:
        serving.worker.gate.clear()
        yield serving


def begin(held: Serving, files: dict, name: str) -> str:
    answer = held.client.post("/jobs", {**files, "name": name})
    assert answer.status == 202
    assert answer.headers["location"] == f"/jobs/{answer.values['id']}"
    return answer.values["id"]


def wait_until(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_jobs_wait_in_order_and_tell_what_they_are_at(held, files):
    first, second, third = (begin(held, files, name) for name in "abc")
    running = held.client.wait_for_state(first, "running")
    assert (running["stage"], running["loss"]) == ("search", 0.5)
    assert held.client.ask("GET", f"/jobs/{third}").values["before"] == 2
    held.worker.gate.set()
    for job in (first, second, third):
        done = held.client.wait_for_state(job, "done")
    assert done["pose"] == {"name": "c"}
    assert [task["names"]["sample"] for task in held.worker.tasks] == ["a", "b", "c"]


def test_a_full_queue_refuses_and_says_when_to_come_again(held, files):
    first = begin(held, files, "running")
    held.client.wait_for_state(first, "running")
    for name in "ab":
        begin(held, files, name)
    refused = held.client.post("/estimates", files)
    assert (refused.status, refused.error) == (429, "2 requests wait already; send it again later")
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert held.client.post("/meshes", {"mesh": files["mesh"]}).status == 429
    held.worker.gate.set()
    wait_until(lambda: not held.state.queue.waiting)
    assert held.client.post("/estimates", files).status == 200


def test_many_at_once_are_all_answered(tmp_path, files):
    with serve_pretended(tmp_path / "own", waiting=64) as served, ThreadPoolExecutor(8) as clients:
        names = [f"n{number}" for number in range(40)]
        answers = list(clients.map(lambda name: served.client.post("/estimates", {**files, "name": name}), names))
        assert [answer.values["pose"]["name"] for answer in answers] == names
        assert len({answer.values["id"] for answer in answers}) == len(names)


def test_whoever_waits_long_enough_is_told_where_the_job_is(held, files):
    answer = held.client.post("/estimates?wait=0.1", files)
    assert answer.status == 504
    assert "it is still running after 0.1 s, and goes on" in answer.error
    job = answer.values["job"].rpartition("/")[2]
    held.worker.gate.set()
    assert held.client.wait_for_state(job, "done")["pose"] == {"name": "photo"}


def test_the_job_of_a_client_that_goes_away_is_left_off(held, files):
    body = form_of(files)
    head = f"POST /estimates HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
    with socket.create_connection(("127.0.0.1", held.client.port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        wait_until(lambda: held.worker.tasks)
    wait_until(lambda: held.state.queue.running is None)
    assert [path for path in (held.folder / "requests").rglob("*") if path.is_file()] == []
    text = held.client.ask("GET", "/metrics").content.decode()
    assert 'camera_serve_jobs_total{kind="estimate",outcome="canceled"} 1.0' in text


def test_jobs_are_canceled_while_they_wait_and_while_they_run(held, files):
    running, waiting = begin(held, files, "a"), begin(held, files, "b")
    held.client.wait_for_state(running, "running")
    assert held.client.ask("DELETE", f"/jobs/{waiting}").values["state"] == "canceled"
    assert held.client.ask("DELETE", f"/jobs/{running}").status == 200
    assert held.client.wait_for_state(running, "canceled")["error"] == "it was canceled"
    assert len(held.worker.tasks) == 1
    assert held.client.ask("DELETE", f"/jobs/{running}").status == 200
    assert held.client.ask("GET", f"/jobs/{running}").status == 404


def test_an_estimate_that_takes_too_long_is_left_off_or_its_process_ended(tmp_path, files, monkeypatch):
    monkeypatch.setattr("camera_estimation.serve.jobs.job_queue.STOP_GRACE", 0.2)
    with serve_pretended(tmp_path / "own", estimate_seconds=0.1) as served:
        served.worker.gate.clear()
        answer = served.client.post("/estimates", files)
        assert (answer.status, answer.error) == (504, "the estimate took longer than 0.1 s, and was left off")
        assert served.worker.kills == 0
        served.worker.stops = False
        assert served.client.post("/estimates", files).status == 504
        assert served.worker.kills == 1
        served.worker.gate.set()
        assert served.client.post("/estimates", files).status == 200


def test_a_worker_that_dies_costs_one_request(held, files):
    from camera_estimation.serve.jobs import WorkerDiedError

    async def die(task, follow):
        raise WorkerDiedError("it was ended by signal 11")

    alive, held.worker.run = held.worker.run, die
    answer = held.client.post("/estimates", files)
    assert answer.status == 500
    assert answer.error == (
        "the process that estimates has died (it was ended by signal 11); another one takes its place"
    )

    async def fail(task, follow):
        raise RuntimeError("unforeseen")

    held.worker.run = fail
    answer = held.client.post("/estimates", files)
    assert (answer.status, answer.error) == (500, "internal error: RuntimeError; the server's log tells more")
    held.worker.run = alive
    held.worker.gate.set()
    assert held.client.post("/estimates", files).status == 200


def test_only_the_last_results_are_kept(held, files):
    held.worker.gate.set()
    jobs = [held.client.post("/estimates", {**files, "render": "link"}).values["id"] for _ in range(5)]
    found = [held.client.ask("GET", f"/jobs/{job}").status for job in jobs]
    assert found == [404, 404, 200, 200, 200]
    assert len(list((held.folder / "requests").iterdir())) == 3
    gone = held.client.ask("GET", f"/jobs/{jobs[0]}").error
    assert "jobs are kept in memory for 60 minutes and end with the server; send the request again" in gone
    held.state.queue.finished.seconds = -1.0
    assert held.client.ask("GET", f"/jobs/{jobs[-1]}").status == 404
    assert list((held.folder / "requests").iterdir()) == []


def test_a_server_that_stops_finishes_what_runs_and_refuses_what_waits(held, files):
    with ThreadPoolExecutor(2) as clients:
        running = clients.submit(held.client.post, "/estimates", files)
        wait_until(lambda: held.worker.tasks)
        waiting = clients.submit(held.client.post, "/estimates", files)
        wait_until(lambda: held.state.queue.waiting)
        later = begin(held, files, "later")
        draining = asyncio.run_coroutine_threadsafe(held.state.drain(), held.state._tasks[0].get_loop())
        assert (waiting.result().status, waiting.result().headers["retry-after"]) == (503, "10")
        assert "the server is stopping" in waiting.result().error
        assert held.client.ask("GET", f"/jobs/{later}").values["status"] == 503
        refused = held.client.post("/estimates", files)
        assert (refused.status, "stopping" in refused.error) == (503, True)
        assert held.client.ask("GET", "/readyz").status == 503
        assert held.client.ask("GET", "/healthz").status == 200
        assert not draining.done()
        held.worker.gate.set()
        assert running.result().status == 200
        draining.result(PATIENCE)


def test_the_time_of_an_estimate_begins_when_there_is_a_process_for_it(tmp_path, files):
    with serve_pretended(tmp_path / "own", estimate_seconds=0.2) as served:
        starting = asyncio.Event()

        async def start() -> None:
            await asyncio.sleep(0.6)
            starting.set()

        served.worker.start = start
        answer = served.client.post("/estimates", files)
        assert (answer.status, served.worker.kills, starting.is_set()) == (200, 0, True)


def test_a_job_is_canceled_while_its_process_starts(tmp_path, files):
    with serve_pretended(tmp_path / "own") as served:
        gate, started = threading.Event(), []

        async def start() -> None:
            while not gate.is_set():
                await asyncio.sleep(0.01)
            started.append(True)

        served.worker.start = start
        first = served.client.post("/jobs", files).values["id"]
        served.client.wait_for_state(first, "running")
        served.client.ask("DELETE", f"/jobs/{first}")
        served.client.wait_for_state(first, "canceled")
        assert served.worker.kills == 0
        gate.set()
        assert served.client.post("/estimates", files).status == 200
        wait_until(lambda: len(started) >= 2)


def test_a_process_that_does_not_start_is_told(tmp_path, files):
    with serve_pretended(tmp_path / "own") as served:

        async def start() -> None:
            raise WorkerDiedError("it ended with exit code 3")

        served.worker.start = start
        answer = served.client.post("/estimates", files)
        assert (answer.status, answer.error.partition(";")[0]) == (
            500,
            "the process that estimates has died (it ended with exit code 3)",
        )
