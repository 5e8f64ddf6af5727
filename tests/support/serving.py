"""A server of estimates: in this process before a worker that only pretends, or as users start it."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from camera_estimation.serve.jobs import EstimatingProcess
from camera_estimation.serve.options import ServeLimits, ServeOptions
from tests.support.http_answer import Answer

PATIENCE = 60.0  # seconds for a start, or an answer
BOUNDARY = "parts-of-a-form"
EXTRA = ("fastapi", "filelock", "prometheus_client", "python_multipart", "uvicorn")


@dataclass(frozen=True)
class Client:
    """Asks a server of this machine."""

    port: int
    token: str = ""

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request; dashes of headers are written as underscores. "" leaves one out."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.putrequest(method, path, skip_host="Host" in sent)
            if body is not None and "Content-Length" not in sent:
                sent["Content-Length"] = str(len(body))
            for name, value in sent.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders()
            if body is not None:
                connection.send(body)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        finally:
            connection.close()

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> Answer:
        """A form."""
        headers = {"Content_Type": f"multipart/form-data; boundary={BOUNDARY}", **headers}
        return self.ask("POST", path, form_of(fields), **headers)

    def wait_until(self, path: str, condition: Any) -> Answer:
        """What is there as soon as a condition on it holds."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self.ask("GET", path)
            if condition(answer):
                return answer
            time.sleep(0.02)
        raise AssertionError(f"{path} stays {answer.content[:300]!r}")

    def wait_for_state(self, job: str, state: str) -> dict[str, Any]:
        """A job once it is in a state."""
        return self.wait_until(f"/jobs/{job}", lambda answer: answer.values["state"] == state).values


def form_of(fields: dict[str, Any]) -> bytes:
    """Texts, lists of texts, and files as (name, content)."""
    parts = []
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            filename, content = each if isinstance(each, tuple) else (None, each.encode())
            told = f'; filename="{filename}"' if filename is not None else ""
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@dataclass(eq=False)
class PretendedWorker(EstimatingProcess):
    """Answers as it is told to. ``open`` lets the next task, and all after it, go on."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    starts: int = 1
    memory_bytes: int = 0
    ready: bool = True
    unusable: str = ""
    stops: bool = True  # when it is asked to
    kills: int = 0

    def __post_init__(self) -> None:
        self.gate, self.left = threading.Event(), threading.Event()
        self.gate.set()

    async def start(self) -> None:
        pass

    async def run(self, task: dict[str, Any], follow: Any) -> dict[str, Any]:
        self.tasks.append(task)
        self.left.clear()
        follow("search", 0.5)
        while not self.gate.is_set():
            if self.left.is_set():
                return {"problem": "it was left off", "status": 503}
            await asyncio.sleep(0.005)
        if task.get("render"):
            Path(task["render"]).write_bytes(b"\x89PNG of a render")
        return self.answers.pop(0) if self.answers else {"result": {"pose": {"name": task["names"].get("sample")}}}

    async def interrupt(self) -> None:
        if self.stops:
            self.left.set()

    async def kill(self) -> None:
        self.kills += 1
        self.left.set()

    async def end(self) -> None:
        pass


@dataclass(frozen=True)
class Serving:
    """A server in this process."""

    client: Client
    worker: PretendedWorker
    state: Any
    folder: Path
    server: Any


@contextmanager
def serve_pretended(folder: Path, token: str = "", **limits: Any) -> Iterator[Serving]:
    """A server in a thread of this process, before a worker that pretends."""
    for name in EXTRA:
        pytest.importorskip(name, reason=f"{name} is not installed: pip install 'camera-estimation[serve]'")
    import uvicorn

    from camera_estimation.serve.places import Workspace
    from camera_estimation.serve.web import ServeState, create_service
    from camera_estimation.web import ServerAddress, bind

    listener = bind(ServerAddress(port=0))
    port, worker, workspace = listener.getsockname()[1], PretendedWorker(), Workspace(folder)
    state = ServeState(ServeOptions(token=token, limits=ServeLimits(**limits)), workspace, worker)
    server = uvicorn.Server(
        uvicorn.Config(
            create_service(state, port), http="h11", log_level="error", timeout_graceful_shutdown=2, ws="none"
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield Serving(Client(port, token), worker, state, folder, server)
    finally:
        worker.gate.set()
        server.should_exit = True
        thread.join(PATIENCE)
        workspace.close()


@dataclass
class ServingProcess:
    """A server as users start it."""

    process: subprocess.Popen
    client: Client
    log: Path

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """The exit code."""
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)


@contextmanager
def run_server(folder: Path, *flags: str, environment: dict[str, str] | None = None) -> Iterator[ServingProcess]:
    """A server in a process of its own, ready, and ended afterwards."""
    for name in EXTRA:
        pytest.importorskip(name, reason=f"{name} is not installed: pip install 'camera-estimation[serve]'")
    from camera_estimation.web import ServerAddress, bind

    with bind(ServerAddress(port=0)) as free:
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "server.log"
    command = [sys.executable, "-m", "camera_estimation.cli.serve", "--port", str(port)]
    given = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
    with log.open("a") as file:
        process = subprocess.Popen(
            [*command, "--folder", str(folder / "own"), *flags], stderr=file, stdout=file, env=given
        )
    client = Client(port, given.get("CAMERA_SERVE_TOKEN", ""))
    try:
        wait_until_ready(client, process, log)
        yield ServingProcess(process, client, log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def wait_until_ready(client: Client, process: subprocess.Popen, log: Path) -> None:
    """Until it can estimate."""
    end = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if client.ask("GET", "/readyz").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server does not start: {log.read_text()}")
