"""Names of samples without white space, at which names in COLMAP's files end, and how they are found again."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence


def plain_names(names: Sequence[str]) -> list[str]:
    """Names without white space, each the only one.

    Args:
        names: Of samples, each the only one.
    """
    found: list[str] = []
    for name in names:
        marked, plain = plain_forms(name)
        taken = name != plain and (plain in names or plain in found)
        found.append(marked if taken else plain)
    return found


def plain_forms(name: str) -> tuple[str, str]:
    """What ``plain_names`` may make of a name: with a mark of it, where another sample has the second, and without."""
    plain = re.sub(r"\s+", "_", name)
    return (f"{plain}_{zlib.crc32(name.encode()):08x}" if plain != name else name), plain
