"""Where a program waits for its device: which lines of the package, and how often."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import camera_estimation

ROOT = f"{Path(camera_estimation.__file__).parent}/"
# Operations whose results' sizes or errors the host has to know.
WAITING = {
    "_local_scalar_dense",
    "_linalg_check_errors",
    "_linalg_svd",
    "_unique2",
    "bincount",
    "equal",
    "is_nonzero",
    "masked_select",
    "nonzero",
    "unique_consecutive",
    "unique_dim",
}


# Loops whose every iteration is to keep the device busy.
LOOPS = ("refinement/levenberg_marquardt.py:minimize", "refinement/gradient_descent.py:descend")


@dataclass(frozen=True, order=True)
class Wait:
    """One place of the package that waits: its stage, which of ``LOOPS`` it is called from, its function as
    ``room/module.py:function``, line, and why."""

    stage: str
    loop: str
    function: str
    line: int
    reason: str

    def __str__(self) -> str:
        file, _, function = self.function.rpartition(":")
        where = f"each iteration of {self.loop}" if self.loop else f"stage '{self.stage}'"
        return f"{file}:{self.line} ({function}) waits for the device in {where}: {self.reason}"


@dataclass
class WaitLog:
    """How often each place waited."""

    stage: str = ""
    watching: bool = False
    counts: Counter[Wait] = field(default_factory=Counter)

    def note(self, reason: str) -> None:
        callers = _callers()
        loop = next((function for function, _ in callers if function in LOOPS), "")
        self.counts[Wait(self.stage, loop, *callers[0], reason)] += 1

    def place(self) -> str:
        """Where the program is, as ``file:line``."""
        function, line = _callers()[0]
        return f"{function.rpartition(':')[0]}:{line}"

    @contextmanager
    def watch(self, watching: bool) -> Iterator[None]:
        """Whether what runs inside is on the device."""
        before, self.watching = self.watching, watching
        try:
            yield
        finally:
            self.watching = before

    def in_loop(self, loop: str) -> Counter[str]:
        """How often each function waited that a loop called."""
        found: Counter[str] = Counter()
        for wait, count in self.counts.items():
            if wait.loop == loop:
                found[wait.function] += count
        return found

    def outside(self) -> Counter[str]:
        """How often each stage waited outside of loops."""
        found: Counter[str] = Counter()
        for wait, count in self.counts.items():
            if not wait.loop:
                found[wait.stage] += count
        return found


def waiting_operation(operation: torch._ops.OpOverload, args: tuple[Any, ...]) -> str | None:
    """The name of an operation that makes the host wait; None where it does not."""
    name = operation._schema.name.removeprefix("aten::")
    if name in WAITING:
        return name
    if name == "repeat_interleave" and isinstance(args[-1], Tensor):
        return name
    if name in ("index", "index_put", "index_put_") and any(map(_is_mask, args[1])):
        # A single value is put by a masked fill.
        return None if name != "index" and args[2].numel() == 1 else "an index that is a mask"
    return None


def _is_mask(index: Tensor | None) -> bool:
    return index is not None and index.dtype in (torch.bool, torch.uint8)


def _callers() -> list[tuple[str, int]]:
    """The functions of the package that run and their lines, the innermost first."""
    found, frame = [], sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(ROOT):
            found.append((f"{path.removeprefix(ROOT)}:{frame.f_code.co_name}", frame.f_lineno))
        frame = frame.f_back
    return found or [("(outside of the package):", 0)]
