"""Requests to camera-serve, good ones and bad ones, by the standard library alone."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any

BOUNDARY = "benchmark-of-camera-serve"
PATIENCE = 120.0  # seconds for an answer
MOST_TRIES = 200  # of a request that is told to come again
LONGEST_PAUSE = 1.0  # seconds, whatever the server says
LOST, LEFT = 0, -1  # in the place of a status: no answer, and a client that did not wait for one
Fields = dict[str, "str | tuple[str, bytes]"]


@dataclass(frozen=True)
class Asked:
    """One request, and the statuses that are right for it."""

    kind: str
    fields: Fields
    wanted: tuple[int, ...]
    leaves: bool = False


@dataclass
class Told:
    """What became of a request."""

    kind: str
    status: int
    right: bool
    seconds: float
    sentence: str = ""
    tries: int = 1
    values: dict[str, Any] = field(default_factory=dict)


def form_body(fields: Fields) -> bytes:
    """Texts, and files as (name, content), as multipart/form-data."""
    parts = []
    for name, value in fields.items():
        filename, content = value if isinstance(value, tuple) else (None, value.encode())
        told = "" if filename is None else f'; filename="{filename}"'
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'
        parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def send(port: int, path: str, fields: Fields) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and values. Raises OSError or HTTPException where there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        head = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        connection.request("POST", path, form_body(fields), head)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(answer.read())
    finally:
        connection.close()


def leave(port: int, fields: Fields) -> None:
    """Send a request and go away before it is answered. Raises OSError where there is nobody to take it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(
            "POST", "/estimates", form_body(fields), {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        )
        time.sleep(0.05)
    finally:
        connection.close()


def ask(port: int, asked: Asked) -> Told:
    """What becomes of a request: one that is told to come again does."""
    start = time.perf_counter()
    if asked.leaves:
        try:
            leave(port, asked.fields)
        except OSError as error:
            return Told(asked.kind, LOST, False, time.perf_counter() - start, type(error).__name__)
        return Told(asked.kind, LEFT, True, time.perf_counter() - start)
    for tries in range(1, MOST_TRIES + 1):
        try:
            status, headers, values = send(port, "/estimates", asked.fields)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Told(asked.kind, LOST, False, time.perf_counter() - start, type(error).__name__, tries)
        if status != 429:
            break
        time.sleep(min(float(headers["retry-after"]), LONGEST_PAUSE))
    seconds = time.perf_counter() - start
    return Told(asked.kind, status, status in asked.wanted, seconds, values.get("error", ""), tries, values)


def get(port: int, path: str) -> tuple[int, str]:
    """Status and text. Raises OSError where there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
