"""Settings of the whole process, for programs: a library must not change them behind its user's back."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

# GNU OpenMP's threads spin for milliseconds after each of torch's many short operations: on few cores that slows the
# rendering threads by a tenth, and beside another busy process the whole by more than ten times.
SPIN_VARIABLE, SPIN_COUNT = "GOMP_SPINCOUNT", "10000"
# OpenMP's number of threads, which torch, OpenBLAS and MKL go by.
THREADS_VARIABLE = "OMP_NUM_THREADS"
# Which two libraries prefer to it where they are set; torch goes by MKL then.
OVERRULING_VARIABLES = ("MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# Whether MKL, and so torch, takes fewer threads than it is told where there are fewer cores.
FEWER_THREADS_VARIABLE = "MKL_DYNAMIC"
# Whether torch looks among all installed packages for devices that it does not know: none that --device takes.
BACKENDS_VARIABLE = "TORCH_DEVICE_BACKEND_AUTOLOAD"
# New objects after which garbage is looked for. Importing makes many and no garbage: a fifth of its time went there.
ALLOCATIONS_WHILE_IMPORTING = 100_000
USUAL_THRESHOLDS = gc.get_threshold()
# Parameters of glibc's mallopt(3), and the most memory that it keeps.
MALLOPT_MMAP_THRESHOLD, MALLOPT_TRIM_THRESHOLD = -3, -1
KEPT_BYTES = 2**30
# Of Linux, from -1000 to 1000: who has more is ended first where memory is short. 500 counts as a half of all memory.
OOM_SCORE_FILE, WORKER_OOM_SCORE = Path("/proc/self/oom_score_adj"), 500


def tune_process() -> None:
    """Make this process fit for many estimates: threads that wait briefly, and memory that stays with it.

    Call it before torch is loaded, which reads the environment then. What the user has set in the environment stays.
    """
    os.environ.setdefault(SPIN_VARIABLE, SPIN_COUNT)
    keep_freed_memory()


def hasten_imports() -> None:
    """For all that is imported until ``settle_process`` is called; before torch is."""
    os.environ.setdefault(BACKENDS_VARIABLE, "0")
    gc.set_threshold(ALLOCATIONS_WHILE_IMPORTING)


def settle_process() -> None:
    """What is imported by now stays: the collection of garbage need not look at it, and is frequent again."""
    gc.freeze()
    gc.set_threshold(*USUAL_THRESHOLDS)


def choose_threads(count: int) -> None:
    """Threads of torch, of linear algebra and of drawing, by the variable that all read; before any is loaded."""
    os.environ[THREADS_VARIABLE] = str(count)
    for variable in OVERRULING_VARIABLES:
        os.environ.pop(variable, None)
    os.environ[FEWER_THREADS_VARIABLE] = "FALSE"


def chooses_threads() -> bool:
    """Whether the number of threads may follow the load of the machine: nobody has said it."""
    return not os.environ.get(THREADS_VARIABLE)


def leave_at_once(code: int) -> None:
    """End the process when all that is to be done at its end is done, without taking it apart piece by piece.

    Freeing the modules of torch one by one takes a third of a second; the system takes them all at once. Registered
    with ``atexit`` before others are, it runs after them; only the standard library's logging may have come first.
    """
    logging.shutdown()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # Python tells of it on the usual way out
        return
    os._exit(code)


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


def offer_memory_first() -> None:
    """Where memory is short, have the system end this process before the one that has started it: a worker is replaced,
    but with the run all of its workers would be lost."""
    with suppress(OSError, ValueError):  # Linux alone has it
        least = max(WORKER_OOM_SCORE, int(OOM_SCORE_FILE.read_text()))
        OOM_SCORE_FILE.write_text(f"{least}")
