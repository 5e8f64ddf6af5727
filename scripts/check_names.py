"""Count names that mislead: functions called by participles, and one name for several things.

Usage: python scripts/check_names.py [FOLDER]

A function does something, and is named by a verb or by the noun that it returns; participles are for states, that is
for properties and predicates (``is_registered``). Two classes, or two functions of a module's own level, that share a
name are two meanings of one word, unless the name is that of a contract that each fulfils (``main``). Exits with 1
where the share of participles is above ``MOST_PARTICIPLES`` or any name is taken twice.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST_PARTICIPLES = 0.05  # of all functions and methods
PACKAGE = Path(__file__).parents[1] / "camera_estimation"
CONTRACTS = {"main"}  # the entry point of each command
IRREGULAR = {
    *("been", "begun", "bent", "bound", "built", "chosen", "done", "drawn", "driven", "fed", "felt", "found", "given"),
    *("gone", "grown", "held", "hidden", "kept", "known", "laid", "lost", "made", "meant", "met", "said"),
    *("seen", "sent", "shown", "sought", "sunk", "taken", "taught", "thought", "thrown", "told", "understood", "won"),
    *("worn", "wound", "written"),
}
# Verbs and nouns that end like participles, and irregular ones that are verbs as well.
NOT_PARTICIPLES = {
    *("bed", "bound", "embed", "exceed", "feed", "need", "proceed", "red", "seed", "shed", "speed", "succeed")
}
PREDICATES = {"are", "can", "does", "has", "have", "is", "must", "needs", "should", "was", "were"}
STATES = {"property", "cached_property"}  # decorators of what an object is, rather than of what it does


def is_participle(word: str) -> bool:
    """Whether a word is a past participle: by its ending, or one of the irregular ones."""
    if word in NOT_PARTICIPLES:
        return False
    return word in IRREGULAR or (len(word) > 3 and word.endswith("ed"))


def is_named_by_participle(name: str) -> bool:
    """Whether the first word is a participle (``moved_entry``, ``decided``), and no predicate precedes it."""
    words = [word for word in name.strip("_").lower().split("_") if word]
    return bool(words) and words[0] not in PREDICATES and is_participle(words[0])


def is_state(function: ast.FunctionDef) -> bool:
    """Whether it is a property."""
    names = (getattr(node, "attr", getattr(node, "id", "")) for node in function.decorator_list)
    return not STATES.isdisjoint(names)


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """All named functions and methods but the special ones."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not re.fullmatch(r"__\w+__", node.name):
            yield node


def count_participles(trees: dict[str, ast.Module]) -> tuple[list[str], int]:
    """Where functions are named by participles, and how many functions there are."""
    found, count = [], 0
    for place, tree in trees.items():
        for function in functions_of(tree):
            count += 1
            if is_named_by_participle(function.name) and not is_state(function):
                found.append(f"{place}:{function.lineno} {function.name}")
    return found, count


def shared_names(trees: dict[str, ast.Module]) -> list[str]:
    """Classes, and functions of a module's own level, of which there is more than one by a name."""
    places: defaultdict[tuple[type, str], list[str]] = defaultdict(list)
    for place, tree in trees.items():
        named = (node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef))
        for kind, name in {(type(node), node.name) for node in named} - {(ast.FunctionDef, name) for name in CONTRACTS}:
            if not re.fullmatch(r"__\w+__", name):
                places[kind, name].append(place)
    return [f"{name}: {', '.join(where)}" for (_, name), where in sorted_items(places) if len(where) > 1]


def sorted_items(places: dict[tuple[type, str], list[str]]) -> Iterable[tuple[tuple[type, str], list[str]]]:
    """By kind, then by name."""
    return sorted(places.items(), key=lambda item: (item[0][0].__name__, item[0][1]))


def main(folder: Path = PACKAGE) -> int:
    """Print what was counted; the exit code."""
    trees = {str(path.relative_to(folder)): ast.parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py"))}
    participles, count = count_participles(trees)
    shared = shared_names(trees)
    share = len(participles) / max(1, count)
    for line in participles:
        print(f"participle: {line}")
    for line in shared:
        print(f"one name, several things: {line}")
    print(f"{len(participles)} of {count} functions ({share:.1%}) are named by participles")
    print(f"{len(shared)} names stand for several things")
    return int(share > MOST_PARTICIPLES or bool(shared))


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
