"""How often things are shown that are made of each other."""

from __future__ import annotations

from collections.abc import Mapping


def count_paths(children: Mapping[str, list[str]], root: str) -> int:
    """How many ways lead from a root to things that contain each other, each of them counted.

    Args:
        children: Names of what is in each, as often as it is.
        root: Where ways begin.

    Raises:
        ValueError: Something contains itself.
    """
    counts: dict[str, int] = {}
    entered: set[str] = set()
    waiting = [root]
    while waiting:
        name = waiting[-1]
        inner = children.get(name, [])
        lacking = [] if name in entered else [child for child in inner if child not in counts]
        if any(child in entered for child in lacking) or name in lacking:
            raise ValueError("its parts contain themselves")
        entered.add(name)
        if lacking:
            waiting += dict.fromkeys(lacking)
        else:
            counts[name] = 1 + sum(counts[child] for child in inner)
            entered.discard(name)
            waiting.pop()
    return counts[root]
