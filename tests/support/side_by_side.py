"""How many processes share the tests: what ``pytest -n auto`` of pytest-xdist means here."""

from __future__ import annotations

import os

from camera_estimation.io.memory import free_memory
from camera_estimation.io.processors import usable_processors

MOST_PROCESSES = 4  # more gain little: some files of tests take as long as a quarter of all
MEMORY = 3 << 30  # bytes of one, with what it starts: runs, Blender, a browser, Ray
THREADS_VARIABLE = "OMP_NUM_THREADS"


def count_processes() -> int:
    """As many as the processors and the memory that this one may use suffice for; 0 where that is a single one."""
    count = min(MOST_PROCESSES, int(usable_processors()), free_memory() // MEMORY)
    return count if count > 1 else 0


def limit_threads() -> None:
    """One of torch in each process, and in those that they start: more would wait for each other."""
    os.environ.setdefault(THREADS_VARIABLE, "1")
