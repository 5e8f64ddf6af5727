"""The load test of the server: which requests it sends, and what it makes of the answers."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from benchmarks import serve
from benchmarks.serve_client import LEFT, LOST, Asked, Told, ask
from tests.support.serving import serve_pretended


def test_every_fifth_request_is_bad():
    requests = serve.make_requests(200)
    counts = Counter(asked.kind for asked in requests)
    assert counts == {"good": 160, **dict.fromkeys(set(counts) - {"good"}, 8)}
    assert len(counts) == 6


def test_answers_are_what_a_server_gives(tmp_path):
    with serve_pretended(tmp_path / "own", picture_bytes=2_000_000) as served:
        served.worker.answers = [{"result": {}}] * 4 + [{"problem": "torn", "status": 422}]
        for asked in serve.make_requests(25)[:5] + serve.make_requests(25)[9::5]:
            told = ask(served.client.port, asked)
            assert told.right, told
        assert told.status == LEFT


def test_whoever_is_told_to_come_again_does(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.serve_client.LONGEST_PAUSE", 0.02)
    good = serve.make_requests(1)[0]
    with serve_pretended(tmp_path / "own", waiting=1) as served:
        served.worker.gate.clear()
        threading.Timer(0.5, served.worker.gate.set).start()
        told: list[Told] = []
        clients = [threading.Thread(target=lambda: told.append(ask(served.client.port, good))) for _ in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert [each.status for each in told] == [200] * 4
    assert sum(each.tries for each in told) > 4


def test_what_is_lost_is_counted():
    lost = ask(1, Asked("good", {"name": "x"}, (200,)))
    assert (lost.status, lost.right, lost.sentence) == (LOST, False, "ConnectionRefusedError")
    gone = ask(1, Asked("goes away", {"name": "x"}, (LEFT,), leaves=True))
    assert (gone.status, gone.right, gone.sentence) == (LOST, False, "ConnectionRefusedError")
    rows = serve.count_answers([lost, Told("good", 200, True, 1.0), Told("good", 200, True, 3.0, tries=3)])
    assert rows[0]["status"] == "no answer (ConnectionRefusedError)"
    assert rows[1] == {
        "kind": "good",
        "status": "200",
        "count": 2,
        "right": 2,
        "again": 2,
        "median_s": pytest.approx(2.0),
        "most_s": pytest.approx(3.0),
    }
