"""How samples and runs ended."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 300  # characters of an unexpected exception


@dataclass(frozen=True)
class RunSummary:
    """How many samples ended how."""

    ok: int
    failed: int
    skipped: int
    interrupted: bool

    @property
    def exit_code(self) -> int:
        """130 is what a shell expects of a command ended by Ctrl-C."""
        if self.interrupted:
            return 130
        return 1 if self.failed else 0

    def __str__(self) -> str:
        counts = f"{self.ok} ok, {self.failed} failed, {self.skipped} skipped"
        return f"interrupted: {counts}" if self.interrupted else counts


def internal_error(error: Exception) -> str:
    """One line about an exception that nobody meant for people."""
    message = " ".join(str(error).split())[:LONGEST]
    return ": ".join(filter(None, ("internal error", type(error).__name__, message)))
