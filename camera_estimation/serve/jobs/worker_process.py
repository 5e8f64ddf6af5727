"""The process that estimates, as the server has it: started when needed, given one task at a time, and ended."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

COMMAND = (sys.executable, "-m", "camera_estimation.serve.worker")
LONGEST_LINE = 64 * 2**20  # bytes of an answer
PATIENCE = 5.0  # seconds that a process has to end by itself
Follow = Callable[[str, "float | None"], None]


class WorkerDiedError(Exception):
    """The process has ended without an answer. The message says how."""


class EstimatingProcess:
    """One process that estimates, and its successors where it dies.

    Args:
        settings: Told to it first: what it warms up with, and how much it keeps.
        command: That starts it.
    """

    def __init__(self, settings: dict[str, Any], command: Sequence[str] = COMMAND) -> None:
        self.settings, self.command = settings, tuple(command)
        self.starts = 0
        self.memory_bytes = 0
        self.ready = False
        self.unusable = ""
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Until it can be given tasks. Raises WorkerDiedError; ``unusable`` says where its settings are why."""
        async with self._starting:
            if not self.ready or self._process is None or self._process.returncode is not None:
                await self._begin()

    async def run(self, task: dict[str, Any], follow: Follow) -> dict[str, Any]:
        """What it answers to a task, started anew where it has died.

        Args:
            task: Plain values.
            follow: Is told each stage and the loss so far.

        Raises:
            WorkerDiedError: It has died of it.
        """
        await self.start()
        return await self._ask(task, follow)

    async def interrupt(self) -> None:
        """Ask it to leave off what it is at."""
        with suppress(WorkerDiedError):
            await self._tell({"stop": True})

    async def kill(self) -> None:
        """End it, whatever it is at."""
        process, self._process, self.ready = self._process, None, False
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def end(self) -> None:
        """Let it end by itself, or else end it."""
        process = self._process
        if process is not None and process.returncode is None and process.stdin is not None:
            process.stdin.close()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), PATIENCE)
        await self.kill()

    async def _begin(self) -> None:
        self.ready = False
        self.starts += 1
        # A session of its own: Ctrl-C is the server's, which lets it finish.
        self._process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            start_new_session=os.name == "posix",
        )
        answer = await self._ask(self.settings, lambda stage, loss: None)
        self.unusable = answer.get("unusable", "")
        if self.unusable:
            await self.kill()
            raise WorkerDiedError(self.unusable)
        self.ready = True

    async def _ask(self, message: dict[str, Any], follow: Follow) -> dict[str, Any]:
        await self._tell(message)
        process = self._process
        assert process is not None
        assert process.stdout is not None
        while True:
            line = await process.stdout.readline()
            if not line:
                raise WorkerDiedError(await self._describe_end())
            answer = json.loads(line)
            if "stage" not in answer:
                self.memory_bytes = answer.get("memory_bytes", self.memory_bytes)
                return answer
            follow(answer["stage"], answer.get("loss"))

    async def _tell(self, message: dict[str, Any]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise WorkerDiedError("it was ended")
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            await process.stdin.drain()
        except ConnectionError as error:
            raise WorkerDiedError(await self._describe_end()) from error

    async def _describe_end(self) -> str:
        process, self.ready = self._process, False
        if process is None:
            return "it was ended"
        code = await process.wait()
        if code >= 0:
            return f"it ended with exit code {code}"
        return f"it was ended by signal {-code}" + (", as systems do that are short of memory" if code == -9 else "")
