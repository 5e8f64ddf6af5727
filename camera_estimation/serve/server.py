"""The server as a program: where it listens, how it starts and how it stops."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from importlib.util import find_spec
from types import FrameType
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.io import settle_process
from camera_estimation.web import bind, is_loopback, link_of

if TYPE_CHECKING:
    from uvicorn import Config

    from camera_estimation.serve.options import ServeOptions
    from camera_estimation.serve.web import ServeState

INSTALL = 'pip install "camera-estimation[serve]"'
LIBRARIES = ("fastapi", "filelock", "prometheus_client", "python_multipart", "uvicorn")
PATIENCE = 10  # seconds for answers that are on their way when the server ends
LOOK = 0.1  # seconds between two looks at whether the worker can be used
KEEP_ALIVE = 20  # seconds that a connection without requests is kept
HEAD_SECONDS = 30.0  # that a connection may take to say what it asks for
IDLE_LOOK = 1.0  # seconds between two looks at that


def missing_for_serving() -> str | None:
    """One line about what is not installed, with the command for it; None if nothing is missing."""
    lacking = [name for name in LIBRARIES if find_spec(name) is None]
    return f"camera-serve needs {', '.join(lacking)}: {INSTALL}" if lacking else None


def serve_estimates(options: ServeOptions, tell: Callable[[str], None]) -> bool:
    """Serve until the process is told to stop, by Ctrl-C or SIGTERM.

    Args:
        options: What it is started with.
        tell: Is given the lines for people: the address first.

    Returns:
        Whether all that ran was finished; not where it was told to stop twice.

    Raises:
        InputError: Something that is given cannot be used, or the port is taken.
    """
    lacking = missing_for_serving()
    if lacking:
        raise InputError(lacking)
    from dataclasses import replace

    import uvicorn

    from camera_estimation.serve.places import Workspace, default_folder
    from camera_estimation.serve.web import ServeState, create_service

    listener = bind(options.address)
    port = listener.getsockname()[1]
    workspace = Workspace(options.folder or default_folder(port))
    made = not options.token and not is_loopback(options.address.host)
    options = replace(options, token=secrets.token_urlsafe(24)) if made else options
    state = ServeState(options, workspace)
    config = uvicorn.Config(
        create_service(state, port),
        http="h11",  # httptools, which uvicorn takes where it is installed, has no limit for headers
        log_level="warning",
        timeout_graceful_shutdown=PATIENCE,
        timeout_keep_alive=KEEP_ALIVE,
        ws="none",
        server_header=False,
    )
    server = _stoppable(config, state, tell)
    settle_process()
    tell(f"camera-serve at {link_of(options.address.host, port)} (Ctrl-C ends it; files in {workspace.folder})")
    if options.token:
        how = f"Authorization: Bearer {options.token}" if made else "Authorization: Bearer TOKEN, the one it was given"
        tell(f"requests have to bring the header {how}")
    try:
        server.run([listener])
    finally:
        workspace.close()
    if state.worker.unusable:
        raise InputError(state.worker.unusable)
    return not server.hurried


def _stoppable(config: Config, state: ServeState, tell: Callable[[str], None]) -> Any:
    """Told to stop once it finishes what runs; twice, it ends at once."""
    import uvicorn

    from camera_estimation.serve.web import IdleConnections

    class StoppableServer(uvicorn.Server):
        ending: asyncio.Task[None] | None = None
        hurried = False

        async def startup(self, sockets: list | None = None) -> None:
            await super().startup(sockets)
            self.loop = asyncio.get_running_loop()
            self.watching = self.loop.create_task(self.watch_worker())
            self.closing = self.loop.create_task(self.close_idle())

        async def watch_worker(self) -> None:
            """Where its settings cannot be used the server is of no use."""
            while not state.worker.ready and not state.problem:
                await asyncio.sleep(LOOK)
            self.should_exit = self.should_exit or bool(state.worker.unusable)
            if state.worker.ready:
                tell("ready")

        async def close_idle(self) -> None:
            """Uvicorn itself waits forever for the first request of a connection, and for the rest of a line."""
            idle = IdleConnections(HEAD_SECONDS)
            while True:
                idle.close(self.server_state.connections)
                await asyncio.sleep(IDLE_LOOK)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if not self.started or self.hurried:
                self.should_exit = self.force_exit = True
                return
            self.hurried = self.ending is not None
            self.ending = self.loop.create_task(self.end_now() if self.hurried else self.drain())
            self.loop.call_soon_threadsafe(lambda: None)  # wake it

        async def end_now(self) -> None:
            await state.worker.kill()
            self.should_exit = True

        async def drain(self) -> None:
            tell("stopping: what runs is finished, what waits is refused; once more to stop at once")
            await state.drain()
            self.should_exit = True

    return StoppableServer(config)
