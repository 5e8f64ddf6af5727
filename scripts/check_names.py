"""Count names that mislead: functions called by participles, and one name for several things.

Usage: python scripts/check_names.py [FOLDER]

A function does something, and is named by a verb or by the noun that it returns; participles are for states, that is
for properties and predicates (``is_registered``). Two classes, or two functions of a module's own level, that share a
name are two meanings of one word, unless the name is that of a common contract (``main``). Exits with 1 where the share
of participles is above ``MOST_PARTICIPLES`` or any name is taken twice.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_PARTICIPLES = 0.05
PACKAGE = Path(__file__).parents[1] / "camera_estimation"
# The same contract wherever they stand: the entry point of a command, and what a command does with its plan.
CONTRACTS = {"main"}
IRREGULAR = {
    *("been", "begun", "bent", "bound", "built", "chosen", "cut", "done", "drawn", "driven", "fed", "felt", "found"),
    *("given", "gone", "grown", "held", "hidden", "kept", "known", "laid", "left", "lost", "made", "meant", "met"),
    *(
        "put",
        "read",
        "run",
        "said",
        "seen",
        "sent",
        "set",
        "shown",
        "shut",
        "sought",
        "split",
        "spread",
        "sunk",
        "taken",
    ),
    *("taught", "thought", "thrown", "told", "understood", "won", "worn", "wound", "written"),
}
# Verbs and nouns that look like participles.
NOT_PARTICIPLES = {"bed", "cut", "embed", "feed", "need", "proceed", "put", "read", "red", "run", "seed", "set"}
NOT_PARTICIPLES |= {"shed", "speed", "split", "spread", "succeed", "exceed", "bound", "left", "wound", "shared"}
PREDICATES = {"are", "can", "does", "has", "have", "is", "must", "needs", "should", "was", "were"}


@dataclass(frozen=True)
class Definition:
    """A function or class, and where it stands."""

    name: str
    place: str


def is_participle(word: str) -> bool:
    """Whether a word of a name is a past participle: by its ending, or one of the irregular ones."""
    if word in NOT_PARTICIPLES:
        return False
    return word in IRREGULAR or (len(word) > 3 and word.endswith("ed"))


def is_named_by_participle(name: str) -> bool:
    """Whether the first or the last word is a participle, and no predicate or verb governs it."""
    words = [word for word in name.strip("_").lower().split("_") if word]
    if not words or words[0] in PREDICATES:
        return False
    return is_participle(words[0]) or (is_participle(words[-1]) and len(words) == 1)


def is_state(function: ast.FunctionDef) -> bool:
    """Whether it is a property: what an object is, rather than what it does."""
    names = {
        node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in function.decorator_list
    }
    return bool(names & {"property", "cached_property"})


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """All named functions and methods but the special ones."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not re.fullmatch(r"__\w+__", node.name):
            yield node
