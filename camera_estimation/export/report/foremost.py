"""Which samples of very many a page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MOST_SAMPLES = 10_000  # that a page has: with a few thousand bytes each it opens in any browser
GOOD = "good"  # of verdicts: nothing speaks against the sample


def foremost_entries(entries: Sequence[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    """Entries to look at first: before others those that failed or are not good. In the order in which they are.

    Args:
        entries: What poses.json says of all samples; are gone through twice, so that not all have to be in memory.
        most: At most so many.
    """
    if len(entries) <= most:
        return list(entries)
    good = [entry.get("verdict") == GOOD for entry in entries]
    chosen = set(sorted(range(len(good)), key=lambda number: (good[number], number))[:most])
    return [entry for number, entry in enumerate(entries) if number in chosen]


def shortening_line(page: str, shown: int) -> str:
    """Tells that a page does not have all."""
    return f"{page}: shows {shown} samples, failed and doubtful ones first; poses.csv has all"
