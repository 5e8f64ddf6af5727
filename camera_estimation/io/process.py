"""Settings of the whole process, for programs: a library must not change them behind its user's back."""

from __future__ import annotations

import ctypes
import os
import sys

# GNU OpenMP's threads spin for milliseconds after each of torch's many short operations: on few cores that slows the
# rendering threads by a tenth, and beside another busy process the whole by more than ten times.
SPIN_VARIABLE, SPIN_COUNT = "GOMP_SPINCOUNT", "10000"
# Parameters of glibc's mallopt(3), and the most memory that it keeps.
MALLOPT_MMAP_THRESHOLD, MALLOPT_TRIM_THRESHOLD = -3, -1
KEPT_BYTES = 2**30


def tune_process() -> None:
    """Make this process fit for many estimates: threads that wait briefly, and memory that stays with it.

    Call it before torch is loaded, which reads the environment then. What the user has set in the environment stays.
    """
    os.environ.setdefault(SPIN_VARIABLE, SPIN_COUNT)
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Ask glibc to keep what is freed instead of giving it back to the system.

    Images of a few megabytes are made and freed all the time; mapping fresh pages for each costs more than drawing it
    (measured: 65 ms against 2 ms for 64 MiB). Other C libraries do not know the call and need no change.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MALLOPT_MMAP_THRESHOLD, KEPT_BYTES)
        mallopt(MALLOPT_TRIM_THRESHOLD, KEPT_BYTES)
