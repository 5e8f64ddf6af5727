"""A studio that runs as users start it, in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.http_answer import Answer

PATIENCE = 120.0  # seconds for a start, or a piece of work
OWN = {"X-Camera-Studio": "1"}


@dataclass(frozen=True)
class StudioServer:
    """Where it listens, and what it printed."""

    host: str
    port: int
    printed: str
    output_dir: Path

    @property
    def link(self) -> str:
        return f"http://{self.host}:{self.port}/"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; headers given replace the page's own, their dashes written as underscores."""
        sent = {**OWN, **{name.replace("_", "-"): value for name, value in headers.items()}}
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        connection.putrequest(method, path, skip_host="Host" in sent)
        if content is not None and "Content-Length" not in sent:
            sent["Content-Length"] = str(len(content))
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        connection.endheaders(content)
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        result = Answer(answer.status, told, answer.read())
        connection.close()
        return result

    def do(self, kind: str, **values: Any) -> dict[str, Any]:
        """A piece of work to its end: what is told of the job."""
        started = self.ask("POST", "/api/jobs", {"kind": kind, **values})
        assert started.status == 200, started.content
        return self.wait()

    def wait(self) -> dict[str, Any]:
        """Until the job is through."""
        for _ in range(int(10 * PATIENCE)):
            job = self.ask("GET", "/api/studio").values["job"]
            if job["state"] != "running":
                return job
            time.sleep(0.1)
        raise AssertionError("the job does not end")


@contextmanager
def run_studio(folder: Path, *flags: str, host: str = "127.0.0.1") -> Iterator[StudioServer]:
    """A server with its results in ``folder``, ended afterwards. Skips the test where its extra is not installed."""
    for name in ("starlette", "uvicorn", "tomli_w"):
        pytest.importorskip(name, reason=f"{name} is not installed: pip install 'camera-estimation[studio]'")
    command = [sys.executable, "-m", "camera_estimation.cli.studio", "--no_browser", "--port", "0", "--host", host]
    log = folder / "server.log"
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        process = subprocess.Popen(
            [*command, "--output_dir", str(folder / "out"), *flags],
            stderr=file,
            stdout=file,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            yield _address(log, process, folder / "out")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(log: Path, process: subprocess.Popen, output_dir: Path) -> StudioServer:
    for _ in range(int(10 * PATIENCE)):
        printed = log.read_text()
        if found := re.search(r"http://([^\s/]+):(\d+)/", printed):
            host = "127.0.0.1" if found[1] == "0.0.0.0" else found[1]
            return StudioServer(host, int(found[2]), printed, output_dir)
        assert process.poll() is None, printed
        time.sleep(0.1)
    raise AssertionError(f"the server does not start: {log.read_text()}")
