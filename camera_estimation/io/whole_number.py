"""Whole numbers in tables, names and flags."""

from __future__ import annotations

MOST_DIGITS = 18  # of 64 bits; of thousands Python makes no number


def parse_whole(text: str) -> int | None:
    """The number that is written in decimal digits and fits into 64 bits; None for any other text."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None
