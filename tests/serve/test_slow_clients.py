"""Requests that come slowly or without end, and connections on which none comes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import pytest

from camera_estimation.serve.web import IdleConnections
from tests.support.serving import Serving, serve_pretended

HEAD = "POST /estimates HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"


@pytest.fixture
def served(tmp_path) -> Iterator[Serving]:
    with serve_pretended(tmp_path / "own", mesh_bytes=20_000, picture_bytes=10_000, pause_seconds=0.5) as serving:
        yield serving


def told_by(connection: socket.socket) -> str:
    """All of an answer in JSON."""
    told = b""
    while not told.endswith(b"}") and (piece := connection.recv(4096)):
        told += piece
    return told.decode()


def test_a_length_that_is_too_large_is_refused_before_anything_is_sent(served):
    """A client that asks first is answered without sending."""
    with socket.create_connection(("127.0.0.1", served.client.port), timeout=10) as connection:
        connection.sendall(f"{HEAD}Content-Length: 900000000\r\nExpect: 100-continue\r\n\r\n".encode())
        answer = told_by(connection)
    assert answer.startswith("HTTP/1.1 413")
    assert "the request has 900 MB, more than the 0.04 MB that are taken" in answer


def test_one_that_sends_nothing_more_is_given_up(served):
    with socket.create_connection(("127.0.0.1", served.client.port), timeout=15) as connection:
        connection.sendall(f"{HEAD}Content-Length: 900\r\n\r\n--b\r\n".encode())
        answer = told_by(connection)
    assert answer.startswith("HTTP/1.1 408")
    assert served.state.queue.places_held == 0
    assert list((served.folder / "requests").iterdir()) == []


def test_one_that_sends_little_by_little_has_no_more_time(tmp_path):
    with (
        serve_pretended(tmp_path / "own", upload_seconds=0.4) as served,
        socket.create_connection(("127.0.0.1", served.client.port), timeout=15) as connection,
    ):
        connection.sendall(f"{HEAD}Content-Length: 900\r\n\r\n--b\r\n".encode())
        for _ in range(8):
            connection.sendall(b"x")
            time.sleep(0.1)
        assert "or all of it took 0.4 s" in told_by(connection)


def test_one_that_sends_next_to_nothing_is_given_up_long_before(served):
    """A byte now and then: else sixteen such clients would keep all others out for a quarter of an hour."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", served.client.port), timeout=15) as connection:
        connection.sendall(f"{HEAD}Content-Length: 900\r\n\r\n--b\r\n".encode())
        for _ in range(10):
            connection.sendall(b"x")
            time.sleep(0.1)
        answer = told_by(connection)
    assert answer.startswith("HTTP/1.1 408")
    assert "less than 10 kB a second came of it" in answer
    assert time.monotonic() - start < 10
    assert served.state.queue.places_held == 0


def send_without_end(served: Serving, first: bytes, more: bytes) -> str:
    """The answer to a chunked body that goes on and on."""
    with socket.create_connection(("127.0.0.1", served.client.port), timeout=30) as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(b"%x\r\n%s\r\n" % (len(first), first))
        chunk = b"%x\r\n%s\r\n" % (len(more), more)

        def send() -> None:
            with suppress(OSError):
                while True:
                    connection.sendall(chunk)

        sending = threading.Thread(target=send)
        sending.start()
        try:
            return told_by(connection)
        finally:
            connection.shutdown(socket.SHUT_RDWR)
            sending.join()


HEADER = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'


@pytest.mark.parametrize(
    ("first", "more", "status", "told"),
    [
        (HEADER % (b"picture", b'; filename="a.png"'), b"x" * 5000, 413, "'picture' is larger than the 0.01 MB"),
        (HEADER % (b"name", b""), b"x" * 5000, 413, "'name' is larger than the 65536 bytes"),
        (b"--b\r\nX: ", b"x" * 5000, 400, "is no form of multipart/form-data: Maximum header size"),
        (b"--b\r\n", b"".join(b"X%d: 1\r\n" % number for number in range(900)), 400, "Maximum header count exceeded"),
        (b"\r\n", b"\r\n" * 2500, 413, "the form has more than the 0.24 MB that are taken"),
        (HEADER % (b"name", b"") + b"a\r\n--b--\r\n", b"x" * 5000, 400, "the form has no file 'picture'"),
    ],
)
def test_a_body_without_end_is_left_as_soon_as_it_is_too_much(served, monkeypatch, first, more, status, told):
    monkeypatch.setattr("camera_estimation.serve.web.guard.DRAINED_SECONDS", 0.2)
    answer = send_without_end(served, first, more)
    assert answer.startswith(f"HTTP/1.1 {status}"), answer
    assert told in answer
    assert served.state.queue.places_held == 0
    assert list((served.folder / "requests").iterdir()) == []


def test_connections_without_a_request_are_closed(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("camera_estimation.serve.web._idle_connections.time.monotonic", lambda: now[0])

    class Connection:
        def __init__(self, cycle):
            self.cycle, self.closed = cycle, False
            self.transport = SimpleNamespace(close=lambda: setattr(self, "closed", True))

    silent, asking = Connection(None), Connection(SimpleNamespace(response_complete=False))
    answered = Connection(SimpleNamespace(response_complete=True))
    idle = IdleConnections(30.0)
    for seconds in (0.0, 20.0):
        now[0] += seconds
        idle.close([silent, asking, answered])
    answered.cycle = SimpleNamespace(response_complete=True)  # it has asked again meanwhile
    now[0] += 10.0
    idle.close([silent, asking, answered])
    assert [each.closed for each in (silent, asking, answered)] == [True, False, False]
    now[0] += 30.0
    idle.close([asking, answered])
    assert [asking.closed, answered.closed] == [False, True]


def test_half_a_request_is_no_request(served):
    idle = IdleConnections(0.0)
    with socket.create_connection(("127.0.0.1", served.client.port), timeout=15) as connection:
        connection.sendall(HEAD.encode())
        time.sleep(0.2)
        loop = served.server.servers[0].get_loop()
        loop.call_soon_threadsafe(idle.close, served.server.server_state.connections)
        assert connection.recv(100) == b""


def test_headers_without_end_are_refused(served):
    with socket.create_connection(("127.0.0.1", served.client.port), timeout=15) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        with pytest.raises(OSError, match=r"reset|pipe|aborted"):
            connection.sendall((b"X: " + b"x" * 8000 + b"\r\n") * 2000)
