"""Settings as TOML, as presets have them."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from typing import Any

import tomli_w

from camera_estimation.configuration import Configuration


def settings_changes(config: Configuration, base: Configuration) -> dict[str, Any]:
    """What differs from ``base``, as a nested dict of plain values; lists of tables are whole."""
    return _changes(config, base)


def settings_toml(config: Configuration, base: Configuration | None = None) -> str:
    """The settings as the text of a preset.

    Args:
        config: All settings.
        base: Only what differs from these is written; None: everything.
    """
    tree = _plain_setting(asdict(config)) if base is None else settings_changes(config, base)
    # A preset names the table [semantic_cosine] at its top.
    semantic = tree.get("loss", {}).pop("semantic_cosine", None)
    if semantic:
        tree["semantic_cosine"] = semantic
    return tomli_w.dumps({key: value for key, value in tree.items() if value != {}})


def value_toml(value: Any) -> str:
    """A list of tables, or a table, in one line as TOML has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {value_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(value_toml(part) for part in value) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        return value_toml(asdict(value))
    return tomli_w.dumps({"value": value}).removeprefix("value = ").strip()


def _changes(settings: Any, base: Any) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for item in fields(settings):
        value, before = getattr(settings, item.name), getattr(base, item.name)
        if value == before:
            continue
        if is_dataclass(value) and not isinstance(value, type):
            changed[item.name] = _changes(value, before)
        elif value is not None:
            changed[item.name] = _plain_setting(value)
    return changed


def _plain_setting(value: Any) -> Any:
    """Without what TOML has no word for: None, tuples, dataclasses."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {key: _plain_setting(part) for key, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [_plain_setting(part) for part in value]
    return value
