"""Names of images in a remark."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 3


def list_names(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
