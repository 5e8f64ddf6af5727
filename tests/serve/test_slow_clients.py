"""Requests that come slowly, or say before that they are too large."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

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
