"""What a run that was killed has left of files that it was writing."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from camera_estimation.io._running import is_running
from camera_estimation.io.atomic import TEMPORARY_SUFFIX

TEMPORARY_NAME = re.compile(r"\..+\.(?P<process>\d+)" + re.escape(TEMPORARY_SUFFIX))


def remove_stale_files(folder: Path) -> int:
    """Take away what dead processes have begun to write in a folder and below it.

    A file of a process of another program that runs stays: commands that read a run write beside it. One of this
    process's number is of an earlier process of that number, as every run in a container has the same one, so this is
    to be called before this process writes there.

    Returns:
        How many there were.
    """
    count = 0
    for place, _, names in os.walk(folder):
        for name in names:
            match = TEMPORARY_NAME.fullmatch(name)
            if match is not None and _is_stale(int(match["process"])):
                with contextlib.suppress(OSError):  # not ours to change: it harms nobody
                    os.unlink(os.path.join(place, name))
                    count += 1
    return count


def _is_stale(process: int) -> bool:
    return process == os.getpid() or not is_running(process)
