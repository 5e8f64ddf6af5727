"""How much memory the process takes while something runs."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from types import TracebackType

import torch

INTERVAL = 0.02  # seconds between two looks
STATM = Path("/proc/self/statm")


class PeakMemory:
    """Context manager: ``peak`` and ``before`` are bytes afterwards: of the CUDA device as torch counts them, else of
    the process (resident). None where the system does not tell."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.before: int | None = None
        self.peak: int | None = None
        self._ended = threading.Event()

    def __enter__(self) -> PeakMemory:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
            torch.cuda.reset_peak_memory_stats(self.device)
            self.before = torch.cuda.memory_allocated(self.device)
            return self
        self.before = self.peak = resident_bytes()
        if self.before is not None:
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.device.type == "cuda":
            with contextlib.suppress(RuntimeError):  # the device itself may be what failed
                self.peak = torch.cuda.max_memory_allocated(self.device)
            return
        self._ended.set()
        if self.before is not None:
            self._thread.join()
            self._look()

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            self._look()

    def _look(self) -> None:
        self.peak = max(self.peak or 0, resident_bytes() or 0)


def resident_bytes() -> int | None:
    """Of this process; None on systems other than Linux."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
