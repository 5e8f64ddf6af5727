"""How samples and runs ended."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

SIGNALED = 128  # to which shells add the number of the signal that has ended a command


@dataclass(frozen=True)
class RunSummary:
    """How many samples ended how; ``verdicts`` counts those that are ok by what is said of them.

    ``interrupted`` is by Ctrl-C or by ``signal``, ``trouble`` what has ended the run or cannot be written; of either
    ``left`` samples were not started.
    """

    ok: int
    failed: int
    skipped: int
    interrupted: bool
    verdicts: Mapping[str, int] = field(default_factory=dict)
    signal: int | None = None
    trouble: str | None = None
    left: int = 0

    @property
    def exit_code(self) -> int:
        """130 is what a shell expects of a command ended by Ctrl-C, and 143 of one ended by SIGTERM."""
        if self.interrupted:
            return SIGNALED + (self.signal or signal.SIGINT)
        return 1 if self.failed or self.trouble else 0

    @property
    def ended_early(self) -> bool:
        """Whether something is left to do that was to be done."""
        return self.interrupted or self.trouble is not None

    def __str__(self) -> str:
        told = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.items() if count)
        ok = f"{self.ok} ok ({told})" if told else f"{self.ok} ok"
        counts = f"{ok}, {self.failed} failed, {self.skipped} skipped"
        return f"interrupted: {counts}" if self.interrupted else counts
