"""How samples and runs ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunSummary:
    """How many samples ended how; ``verdicts`` counts those that are ok by what is said of them."""

    ok: int
    failed: int
    skipped: int
    interrupted: bool
    verdicts: Mapping[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """130 is what a shell expects of a command ended by Ctrl-C."""
        if self.interrupted:
            return 130
        return 1 if self.failed else 0

    def __str__(self) -> str:
        told = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.items() if count)
        ok = f"{self.ok} ok ({told})" if told else f"{self.ok} ok"
        counts = f"{ok}, {self.failed} failed, {self.skipped} skipped"
        return f"interrupted: {counts}" if self.interrupted else counts
