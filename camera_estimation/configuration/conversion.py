"""Nested dicts, as TOML and the command line give them, put into the tree of settings by the types of its fields."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from camera_estimation.errors import InputError

Settings = TypeVar("Settings")


def merge_settings(config: Settings, tree: dict[str, Any], source: str = "configuration", prefix: str = "") -> Settings:
    """``config`` with the values of a nested dict put in.

    Fields that are dicts themselves, such as the objective's options, are overlaid; all others are replaced.

    Args:
        config: A dataclass of settings, whose fields may be such dataclasses.
        tree: Values by the names of fields.
        source: Where ``tree`` is from; messages begin with it.
        prefix: Of the names of settings in messages.

    Raises:
        InputError: A key is unknown, or a value is of the wrong type, out of its range or none of the choices.
    """
    types = _field_types(type(config))  # type: ignore[arg-type]
    current = {key: getattr(config, key) for key in types}
    return replace(config, **_convert_table(types, current, tree, source, prefix))  # type: ignore[type-var]


@cache
def _field_types(cls: type) -> dict[str, Any]:
    """With their ranges and choices."""
    hints = get_type_hints(cls, include_extras=True)
    return {item.name: hints[item.name] for item in fields(cls)}


def _convert_table(
    types: dict[str, Any], current: dict[str, Any], tree: dict[str, Any], source: str, prefix: str
) -> dict[str, Any]:
    for key in tree:
        if key not in types:
            raise InputError(f"{source}: unknown setting '{prefix}{key}'; known here: {', '.join(types)}")
    return {key: _convert(types[key], current.get(key), value, source, f"{prefix}{key}") for key, value in tree.items()}


def _convert(kind: Any, current: Any, value: Any, source: str, name: str) -> Any:
    if is_dataclass(kind):
        if not isinstance(value, dict):
            raise InputError(f"{source}: '{name}' is a table of settings, not {value!r}")
        return merge_settings(current, value, source, f"{name}.")
    row = get_args(kind)[0] if get_origin(kind) is tuple else None
    if isinstance(row, type) and is_dataclass(row):
        return _convert_rows(row, value, source, name)
    if isinstance(current, dict) and isinstance(value, dict):
        value = _overlay(current, value)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{source}: {_describe_error(kind, value, name)}") from error


def _convert_rows(row: type, value: Any, source: str, name: str) -> tuple[Any, ...]:
    """A list of tables, each of which makes a ``row`` of its own."""
    types = _field_types(row)
    required = [item.name for item in fields(row) if item.default is MISSING and item.default_factory is MISSING]
    if not isinstance(value, list | tuple) or not all(isinstance(table, dict) for table in value):
        raise InputError(f"{source}: '{name}' is a list of tables with {', '.join(required)}, not {value!r}")
    rows = [_convert_table(types, {}, table, source, f"{name}.") for table in value]
    for number, table in enumerate(rows, 1):
        missing = [key for key in required if key not in table]
        if missing:
            raise InputError(f"{source}: '{name}' needs {', '.join(required)}: table {number} has no {missing[0]}")
    return tuple(row(**table) for table in rows)


def _describe_error(kind: Any, value: Any, name: str) -> str:
    """What is wrong with a value that ``kind`` does not take, and what it takes."""
    plain, wanted = _without_range(kind)
    if get_origin(plain) is tuple:
        return f"'{name}' is {wanted.description}, not {value!r}"
    if get_origin(plain) is Literal and isinstance(value, str):
        return f"{name} '{value}' is unknown: choose {', '.join(get_args(plain))}"
    if get_origin(plain) is dict and isinstance(value, dict):
        return _describe_entry_error(get_args(plain)[1], value, name)
    if not _takes(plain, value) or wanted is None:
        kind_name = _plain_name(plain)
        article = "an" if kind_name == "int" else "a"
        return f"'{name}' must be {article} {kind_name}, not {value!r}"
    if wanted.pattern is not None:
        return f"{name} '{value}' is unknown: choose {wanted.description}"
    return f"{name} must be {wanted.description}, not {value!r}"


def _describe_entry_error(kind: Any, table: dict[str, Any], name: str) -> str:
    """Of the first entry of ``table`` that is not of ``kind``."""
    _, wanted = _without_range(kind)
    key = next(key for key, value in table.items() if not _takes(kind, value))
    example = "" if not wanted.examples else f"; write {key} = {wanted.examples[0]}"
    return f"{name}: '{key}' is {wanted.description}, not {table[key]!r}{example}"


def _without_range(kind: Any) -> tuple[Any, Any]:
    """The type, X of ``X | None``, and the ``msgspec.Meta`` with its range; None if it has none."""
    if type(None) in get_args(kind):
        return _without_range(get_args(kind)[0])
    if get_origin(kind) is not Annotated:
        return kind, None
    plain, *metadata = get_args(kind)
    return plain, metadata[0]


def _plain_name(kind: Any) -> str:
    """As Python calls it; that of choices is that of their values."""
    return "str" if get_origin(kind) is Literal else (get_origin(kind) or kind).__name__


def _takes(kind: Any, value: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """One dict of both, tables within tables too; where they differ ``above`` counts."""
    tables = {
        key: _overlay(below[key], value)
        for key, value in above.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return {**below, **above, **tables}
