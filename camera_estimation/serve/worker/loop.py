"""One task after the other, until the server ends. Whatever goes wrong with one costs no other."""

from __future__ import annotations

import logging
import math
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError, internal_error
from camera_estimation.io import hasten_imports, offer_memory_first, settle_process, tell_of_compilation, tune_process
from camera_estimation.serve.problems import INTERNAL, TOO_LARGE, UNAVAILABLE, UNUSABLE
from camera_estimation.serve.worker._channel import Channel
from camera_estimation.serve.worker._prepared_meshes import PreparedMeshes, TooManyFacesError, UnusableMeshError

logger = logging.getLogger(__name__)

MOST_OFTEN = 0.2  # seconds between two lines about the same stage


class TaskStopped(BaseException):
    """The server does not want the result any more. Not an Exception, for those of parts of an estimate are passed
    over."""


class TaskLoop:
    """Does tasks.

    Args:
        channel: To the server.
        meshes: That are prepared.
    """

    def __init__(self, channel: Channel, meshes: PreparedMeshes) -> None:
        self.channel, self.meshes = channel, meshes
        self._stage, self._told = "", 0.0

    def follow(self, stage: str, loss: float | None) -> None:
        """Tell the server of a stage. Raises TaskStopped."""
        if self.channel.stopping.is_set():
            raise TaskStopped
        if stage == self._stage and time.monotonic() - self._told < MOST_OFTEN:
            return
        self._stage, self._told = stage, time.monotonic()
        self.channel.send(stage=stage, loss=loss if loss is not None and math.isfinite(loss) else None)

    def answer(self, task: dict[str, Any]) -> dict[str, Any]:
        """What came of a task."""
        from camera_estimation.batch import follow_load, memory_advice, release_memory
        from camera_estimation.serve.worker._tasks import do_task

        try:
            follow_load()
            return {"result": do_task(task, self.meshes, self.follow)}
        except TaskStopped:
            return {"problem": "it was left off", "status": UNAVAILABLE}
        except UnusableMeshError as error:
            status = TOO_LARGE if isinstance(error, TooManyFacesError) else UNUSABLE
            return {"problem": _without_folders(str(error), task), "status": status, "unusable_mesh": True}
        except InputError as error:
            return {"problem": _without_folders(str(error), task), "status": UNUSABLE}
        except Exception as error:
            advice = memory_advice(error)
            self.meshes.forget()
            if advice is not None:
                release_memory()
                return {"problem": f"the server is short of memory: {advice}", "status": UNAVAILABLE}
            logger.exception("a task failed")
            return {"problem": _without_folders(internal_error(error), task), "status": INTERNAL}


def run_worker() -> None:
    """Do what comes on the standard input: a line of settings, then tasks."""
    tune_process()
    offer_memory_first()
    hasten_imports()
    tell_of_compilation(lambda line: print(line, file=sys.stderr, flush=True))  # the server's log
    channel = Channel()
    settings = channel.tasks.get()
    from camera_estimation.batch import watch_load

    watch_load()
    answer = TaskLoop(channel, PreparedMeshes(1)).answer(_first_task(settings))
    settle_process()
    if "problem" in answer:
        channel.send(unusable=answer["problem"])
        return
    channel.send(ready=True, memory_bytes=_memory_bytes())
    loop = TaskLoop(channel, PreparedMeshes(settings["prepared"], settings["faces"]))
    while True:
        task = channel.tasks.get()
        answer = loop.answer(task)
        try:
            channel.send(**answer, memory_bytes=_memory_bytes())
        except ValueError:
            channel.send(problem="internal error: the result has numbers that JSON has no word for", status=INTERNAL)


def _first_task(settings: dict[str, Any]) -> dict[str, Any]:
    """The packaged example, by which kernels are compiled and libraries loaded; or only its mesh. Limits are
    for files of strangers."""
    from camera_estimation.batch import EXAMPLE_INTRINSICS, EXAMPLE_SAMPLE

    kind = "estimate" if settings["warms_up"] else "prepare"
    names = {"sample": EXAMPLE_SAMPLE.name, "mesh": "spot.glb", "picture": "spot.png"}
    files = {"mesh": str(EXAMPLE_SAMPLE.mesh_path), "picture": str(EXAMPLE_SAMPLE.image_path), "mask": None}
    known = {"intrinsics": str(EXAMPLE_INTRINSICS), "focal_length": None, "render": None}
    config = {name: value for name, value in settings["config"].items() if name != "limits"}
    return {"kind": kind, "config": config, "mesh_id": "", "names": names, **files, **known}


def _without_folders(text: str, task: dict[str, Any]) -> str:
    """Clients know their files by names only, and where they lie here is nobody's business."""
    for key in ("picture", "mesh", "mask", "intrinsics"):
        if task.get(key):
            text = text.replace(f"{Path(task[key]).parent}{os.sep}", "")
    return text


def _memory_bytes() -> int:
    import psutil

    with suppress(psutil.Error):
        return psutil.Process().memory_info().rss
    return 0
