"""camera-serve in a process of its own, as a benchmark starts, kills and measures it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.serve_client import get

QUEUE = 5  # requests that wait, fewer than clients
MIB = 2**20
START_SECONDS = 120


class ServerProcess:
    """camera-serve in a process of its own, which can be killed and started again.

    Args:
        folder: For its files.
        flags: More flags of it.
    """

    def __init__(self, folder: Path, flags: Sequence[str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.own = folder / "own"
        limits = ["--queue", str(QUEUE), "--picture_mb", "2", "--keep", "20"]
        where = ["--port", str(self.port), "--folder", str(self.own)]
        self.command = [sys.executable, "-m", "camera_estimation.cli.serve", *where, *limits, *flags]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it is ready."""
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if get(self.port, "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError("camera-serve does not start")

    def kill(self) -> None:
        """As systems do that are short of memory."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """In order; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_SECONDS)

    def memory_mib(self) -> tuple[float, float]:
        """Of the server, and of the process that estimates, resident."""
        assert self.process is not None
        server = psutil.Process(self.process.pid)
        return server.memory_info().rss / MIB, sum(child.memory_info().rss for child in server.children()) / MIB

    def files_left(self) -> int:
        """Files of requests."""
        return sum(path.is_file() for path in (self.own / "requests").rglob("*"))


@contextmanager
def started(server: ServerProcess) -> Iterator[ServerProcess]:
    """Ready, and ended whatever happens."""
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()
