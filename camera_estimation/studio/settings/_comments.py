"""What comments say of the fields of a dataclass, which is their help on the page."""

from __future__ import annotations

import inspect
import io
import textwrap
import tokenize
from dataclasses import fields


def field_comments(cls: type) -> dict[str, str]:
    """Of each field of a dataclass the comment behind it, or the lines of comment before it; fields without any are
    left out. Without the sources of the package there is none."""
    try:
        source = textwrap.dedent(inspect.getsource(cls))
    except OSError:
        return {}
    names = {item.name for item in fields(cls)}
    comments: dict[str, list[str]] = {}
    before: list[str] = []
    current = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text, line = token.string, token.line.lstrip()
        if token.type == tokenize.NAME and text in names and line.startswith(f"{text}:"):
            current = text
            comments[current], before = before, []
        elif token.type == tokenize.COMMENT:
            words = text.lstrip("# ")
            (before if line.startswith("#") else comments.get(current, before)).append(words)
    return {name: " ".join(words) for name, words in comments.items() if words}
