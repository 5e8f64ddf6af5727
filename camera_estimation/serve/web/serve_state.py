"""What the server has between requests."""

from __future__ import annotations

import asyncio
import base64
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.requests import Request

from camera_estimation.serve.jobs import DONE, EstimatingProcess, JobQueue, ServeJob, WorkerDiedError
from camera_estimation.serve.options import ServeOptions
from camera_estimation.serve.places import MeshShelf, Workspace
from camera_estimation.serve.web._metrics import ServeMetrics

LINGER = 5.0  # seconds that a stopping server waits for a client to fetch a result that it does not wait for
LOOK = 0.05  # seconds between two looks
RENDER_NAME = "render.png"


def serve_state_of(request: Request) -> ServeState:
    """Of the application that a request came to."""
    return request.app.state.serve


class ServeState:
    """The worker, its queue, and the files of both.

    Args:
        options: What the server was started with.
        workspace: Its folder.
        worker: What estimates; None: a process of its own.
    """

    def __init__(self, options: ServeOptions, workspace: Workspace, worker: EstimatingProcess | None = None) -> None:
        limits = options.limits
        self.options, self.workspace = options, workspace
        self.shelf = MeshShelf(workspace.meshes, limits.shelf_bytes)
        settings = {"prepared": limits.prepared, "faces": limits.faces, "warms_up": options.warms_up}
        self.worker = worker or EstimatingProcess({**settings, "config": options.config.to_dict()})
        self.metrics = ServeMetrics()
        self.queue = JobQueue(self.worker, limits, self.metrics.count_job)
        self.metrics.watch(self.queue, self.worker, self.shelf)
        self.checking = asyncio.Lock()  # of what uploads hold
        self.problem = ""  # why nothing can be estimated at all
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Begin to work."""
        self._tasks = [asyncio.create_task(self._start_worker()), asyncio.create_task(self.queue.work())]

    async def close(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.worker.end()

    async def drain(self) -> None:
        """Take nothing more, and wait until what runs is done and, for a while, until its result is fetched."""
        last = self.queue.running
        self.queue.stop()
        if last is None:
            return
        await last.ended.wait()
        for _ in range(int(LINGER / LOOK)):
            if last.seen:
                return
            await asyncio.sleep(LOOK)

    def job(self, task: dict[str, Any], folder: Path) -> ServeJob:
        """A job whose mesh is in use, and whose files are in a folder of its own."""

        def end(job: ServeJob) -> None:
            self.shelf.leave(task["mesh_id"])
            if job.unusable_mesh:
                self.shelf.drop(task["mesh_id"])
            self._end_files(job, folder)

        return ServeJob(task, end, lambda job: shutil.rmtree(folder, ignore_errors=True))

    def _end_files(self, job: ServeJob, folder: Path) -> None:
        """Of all files only the render is kept, where it was asked for."""
        render = Path(job.task["render"]) if job.task.get("render") else None
        if job.state == DONE and render is not None and render.is_file():
            if job.task["render_form"] == "link":
                job.result["render"] = f"/jobs/{job.id}/{RENDER_NAME}"
                for part in folder.iterdir():
                    if part.is_dir():
                        shutil.rmtree(part, ignore_errors=True)
                return
            job.result["render"] = base64.b64encode(render.read_bytes()).decode("ascii")
        shutil.rmtree(folder, ignore_errors=True)

    async def _start_worker(self) -> None:
        """At once, so that the first request need not wait for it."""
        try:
            await self.worker.start()
        except (WorkerDiedError, OSError) as error:
            self.problem = self.worker.unusable or f"the process that estimates does not start: {error}"
