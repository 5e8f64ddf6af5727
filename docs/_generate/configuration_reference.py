"""Every setting with its type, default and meaning, from the dataclasses of the configuration and their comments."""

from __future__ import annotations

import inspect
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from included_files import ROOT
from markdown_table import as_code, markdown_table, plain_markdown

from camera_estimation.configuration import Configuration, preset_names

PRESETS = ROOT / "camera_estimation" / "configs"
TOP = "At the top"
TYPE_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def settings_reference() -> str:
    """A section with a table for each dataclass of the tree, the values at its top first."""
    return "\n\n".join(_sections(Configuration(), ""))


def preset_files() -> str:
    """The packaged presets as they are, each folded away."""
    names = [*preset_names(), *(f"models/{name}" for name in preset_names("models"))]
    blocks = []
    for name in names:
        text = (PRESETS / f"{name}.toml").read_text(encoding="utf-8").rstrip()
        blocks.append(f'??? note "{name}"\n\n' + textwrap.indent(f"```toml\n{text}\n```", "    "))
    return "\n\n".join(blocks)


def _sections(config: Any, path: str) -> Iterator[str]:
    comments = {**_preset_comments(path.rstrip(".")), **_comments(type(config))}
    kinds = get_type_hints(type(config), include_extras=True)
    rows, below = [], []
    for item in fields(config):
        value = getattr(config, item.name)
        if is_dataclass(value):
            below.append((value, f"{path}{item.name}"))
        else:
            rows.append(
                [as_code(item.name), _value_description(kinds[item.name]), _default(value), comments.get(item.name, "")]
            )
    yield f"## `[{path.rstrip('.')}]`" if path else f"## {TOP}"
    yield plain_markdown(inspect.getdoc(type(config)) or "")
    if rows:
        yield markdown_table(("setting", "value", "default", "meaning"), rows)
    for value, name in below:
        yield from _sections(value, f"{name}.")
    yield from _list_sections(config, path)


def _list_sections(config: Any, path: str) -> Iterator[str]:
    """Of settings that are lists of tables, such as the levels of the refinement, a table of the first one's fields."""
    for item in fields(config):
        value = getattr(config, item.name)
        if isinstance(value, tuple) and value and is_dataclass(value[0]):
            kind = type(value[0])
            comments = _comments(kind)
            yield f"### `[[{path}{item.name}]]`"
            yield plain_markdown(inspect.getdoc(kind) or "")
            rows = []
            for part in fields(kind):
                defaults = [_default(getattr(level, part.name)) for level in value]
                rows.append([as_code(part.name), *defaults, comments.get(part.name, "")])
            headings = ("setting", *(f"default, {number}" for number in range(1, len(value) + 1)), "meaning")
            yield markdown_table(headings, rows)


def _default(value: Any) -> str:
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return "see below"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return as_code(str(value).lower())
    if isinstance(value, str):
        return as_code(f'"{value}"')
    if isinstance(value, dict | tuple) and not value:
        return "empty"
    return as_code(value)


def _value_description(kind: Any) -> str:
    """What a setting may be: its choices, its range in the words of its messages, else its type."""
    if get_origin(kind) is Annotated:
        descriptions = [entry.description for entry in get_args(kind) if getattr(entry, "description", None)]
        return descriptions[0] if descriptions else _value_description(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return ", ".join(as_code(f'"{choice}"') for choice in get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return _value_description(next(part for part in get_args(kind) if part is not type(None)))
    if get_origin(kind) is tuple:
        return "a list of tables"
    if get_origin(kind) is dict:
        return "a table"
    return TYPE_NAMES.get(kind, str(kind))


def _preset_comments(table: str) -> dict[str, str]:
    """Of each setting the comment behind it in default.toml, which says what the dataclass need not."""
    comments, current = {}, ""
    for line in (PRESETS / "default.toml").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"\[+([\w.]+)\]+", line):
            current = heading[1]
        elif current == table and (setting := re.match(r"(\w+) = [^#]*# (.*)", line)):
            comments[setting[1]] = plain_markdown(setting[2])
    return comments


def _comments(cls: type) -> dict[str, str]:
    """Of each field the comment behind it, or the lines of comment before it."""
    source = textwrap.dedent(inspect.getsource(cls))
    names = {item.name for item in fields(cls)}
    comments: dict[str, str] = {}
    before: list[str] = []
    current = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string
        if token.type == tokenize.NAME and text in names and token.line.lstrip().startswith(f"{text}:"):
            current = text
            if before:
                comments[current] = plain_markdown(" ".join(before))
            before = []
        elif token.type == tokenize.COMMENT:
            words = text.lstrip("# ")
            if token.line.lstrip().startswith("#"):
                before.append(words)
            elif current:
                comments[current] = plain_markdown(" ".join([comments.get(current, ""), words]))
    return comments
