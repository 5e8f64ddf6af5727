"""Ways to break a sound file, by chance or by what is known to break readers."""

from __future__ import annotations

import json
import random
import re
import struct
from typing import Any

NUMBERS = (0, 1, 2, 255, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
WORDS = (
    *(b"-1", b"0", b"nan", b"inf", b"1e999", b"-1e-320", b"99999999999999999999", b"9" * 400, b"", b"\0", b"\xff\xfe"),
    *(
        b"../../etc/passwd",
        b"http://localhost/x",
        b"=1+1",
        b"{",
        b"[",
        b"]",
        b'"',
        b"\n",
        b"#",
        b"-",
        b"1/2/3",
        b"$LIST",
    ),
)
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**31, 10**400, 1e308, float("nan"), "", "x", "../x", [], {}, [[]], [0] * 17),
)
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
GLB_HEAD = 20  # bytes before the document of a GLB file


def mutate(content: bytes, chance: random.Random) -> bytes:
    """The content with something in it that is wrong, most of the time."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if content.startswith(b"glTF") and chance.random() < 0.7:
            content = _mutate_glb(content, chance)
        elif content[:1] in b"{[" and chance.random() < 0.7:
            content = _mutate_json(content, chance)
        else:
            change = chance.choice((_flip, _cut, _repeat, _put_number, _put_word, _replace_number, _swap))
            content = change(content, chance)
    return content


def _place(content: bytes, chance: random.Random) -> int:
    """More often in the first bytes, where headers are."""
    return chance.randrange(len(content) + 1) if chance.random() < 0.5 else chance.randrange(min(len(content), 200) + 1)


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 20))):
        if changed:
            changed[min(_place(content, chance), len(changed) - 1)] = chance.randrange(256)
    return bytes(changed)


def _cut(content: bytes, chance: random.Random) -> bytes:
    start = _place(content, chance)
    return content[:start] if chance.random() < 0.5 else content[:start] + content[start + chance.randrange(1, 64) :]


def _repeat(content: bytes, chance: random.Random) -> bytes:
    start = _place(content, chance)
    part = content[start : start + chance.choice((1, 8, 64))]
    return content[:start] + part * chance.choice((2, 50, 2000)) + content[start:]


def _put_number(content: bytes, chance: random.Random) -> bytes:
    start, form = _place(content, chance), chance.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(form)
    return content[:start] + struct.pack(form, chance.choice(NUMBERS) % 256**size) + content[start + size :]


def _put_word(content: bytes, chance: random.Random) -> bytes:
    start = _place(content, chance)
    return content[:start] + chance.choice(WORDS) + content[start + chance.choice((0, 0, 1, 8)) :]


def _replace_number(content: bytes, chance: random.Random) -> bytes:
    found = list(NUMBER.finditer(content[:20_000]))
    if not found:
        return content
    match = chance.choice(found)
    return content[: match.start()] + chance.choice(WORDS) + content[match.end() :]


def _swap(content: bytes, chance: random.Random) -> bytes:
    first, second = sorted((_place(content, chance), _place(content, chance)))
    return content[second:] + content[first:second] + content[:first]


def _mutate_json(content: bytes, chance: random.Random) -> bytes:
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return _cut(content, chance)
    if chance.random() < 0.05:
        return b"[" * 5000 + content + b"]" * 5000
    _change_tree(tree, chance)
    return json.dumps(tree).encode()


def _mutate_glb(content: bytes, chance: random.Random) -> bytes:
    """The document changed, in a sound container."""
    try:
        (length,) = struct.unpack_from("<I", content, 12)
        tree = json.loads(content[GLB_HEAD : GLB_HEAD + length])
    except (struct.error, ValueError, RecursionError):
        return _flip(content, chance)
    _change_tree(tree, chance)
    document = json.dumps(tree).encode()
    document += b" " * (-len(document) % 4)
    rest = content[GLB_HEAD + length :]
    head = struct.pack("<4sII", b"glTF", 2, GLB_HEAD + len(document) + len(rest))
    return head + struct.pack("<I4s", len(document), b"JSON") + document + rest


def _change_tree(tree: Any, chance: random.Random) -> None:
    """A value of a tree is replaced, taken away, or put in many times."""
    containers = []
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict | list):
            containers += [item] if item else []
            waiting += item.values() if isinstance(item, dict) else item
    if not containers:
        return
    chosen = chance.choice(containers)
    key = chance.choice(list(chosen) if isinstance(chosen, dict) else range(len(chosen)))
    action = chance.random()
    if action < 0.2:
        del chosen[key]
    elif action < 0.3 and isinstance(chosen, list):
        chosen += [chosen[key]] * chance.choice((1, 300))
    elif action < 0.5 and isinstance(chosen[key], int | float):
        chosen[key] = chance.choice((-chosen[key], chosen[key] * 10**9, chosen[key] + 1, 1e300, -1, 5126, 2**32))
    else:
        chosen[key] = chance.choice(VALUES)
