"""As many threads as the machine has processors free: two runs at once take turns instead of waiting for each other."""

from __future__ import annotations

import math

from camera_estimation.io import FreeProcessors, chooses_threads, usable_processors, whole_processors


class ThreadCount:
    """Torch's number of threads, which drawing goes by too.

    The threads of OpenMP wait for each other after each of many short operations, and whoever waits keeps its
    processor: where there are more threads than processors, each waits for one that cannot go on. So there are as many
    as processors are left by other processes, at each look; unless the user has said how many.
    """

    def __init__(self) -> None:
        self._processors = FreeProcessors() if chooses_threads() else None
        self._most: int | None = None

    def follow_load(self) -> None:
        """Look again, and set the number in the calling thread."""
        if self._processors is None:
            return
        import torch

        if self._most is None:
            self._most = min(torch.get_num_threads(), math.ceil(usable_processors()))
        free = self._processors.look()
        threads = self._most if free is None else max(1, min(self._most, whole_processors(free)))
        if threads != torch.get_num_threads():
            torch.set_num_threads(threads)


_of_program: ThreadCount | None = None


def watch_load() -> None:
    """From here on the load counts. For programs, before they import torch: a library must not set its threads."""
    global _of_program
    _of_program = ThreadCount()


def follow_load() -> None:
    """Fit the number of threads to the load since the last call, in programs that watch it."""
    if _of_program is not None:
        _of_program.follow_load()
