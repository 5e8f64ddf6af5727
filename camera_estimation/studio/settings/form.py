"""The form of all settings, made from the dataclasses of the configuration, so that none is missing."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from camera_estimation.configuration import Configuration
from camera_estimation.plugins import Registry
from camera_estimation.rendering import renderer_registry
from camera_estimation.search import search_registry
from camera_estimation.segmentation import segmenter_registry
from camera_estimation.studio.settings._comments import field_comments
from camera_estimation.studio.settings.settings_text import value_toml

# Settings of which the configuration only knows that they are text, and the registries that know the names.
NAMED: dict[str, Registry[Any]] = {"search.method": search_registry, "renderer": renderer_registry}
SUGGESTED: dict[str, Registry[Any]] = {"segmenter": segmenter_registry}
# What the page has a place of its own for.
ELSEWHERE = ("loss.name", "loss.options")
TOP = "general"
BOUNDS = ("ge", "gt", "le", "lt")


def form_values(config: Configuration) -> list[dict[str, Any]]:
    """The groups of settings with their fields, as JSON has them.

    Args:
        config: Whose values are the defaults.
    """
    groups: dict[str, dict[str, Any]] = {}
    for path, owner, name, value in _leaves(config, ""):
        group = path.rpartition(".")[0] or TOP
        if group not in groups:
            help_text = "" if group == TOP else inspect.cleandoc(type(owner).__doc__ or "")
            groups[group] = {"name": group, "help": " ".join(help_text.split()), "fields": []}
        groups[group]["fields"].append(_field(path, owner, name, value))
    return sorted(groups.values(), key=lambda group: group["name"] != TOP)


def setting_paths(config: Configuration) -> list[str]:
    """Of all settings, such as ``camera.fov_deg``; lists of tables and tables of a user's own count as one."""
    return [path for path, *_ in _leaves(config, "")]


def _leaves(owner: Any, prefix: str) -> Iterator[tuple[str, Any, str, Any]]:
    for item in fields(owner):
        value = getattr(owner, item.name)
        if is_dataclass(value):
            yield from _leaves(value, f"{prefix}{item.name}.")
        else:
            yield f"{prefix}{item.name}", owner, item.name, value


def _field(path: str, owner: Any, name: str, value: Any) -> dict[str, Any]:
    kind = _describe_kind(get_type_hints(type(owner), include_extras=True)[name])
    if path in NAMED:
        kind = {"kind": "choice", "choices": NAMED[path].names()}
    elif path in SUGGESTED:
        kind = {"kind": "text", "suggestions": SUGGESTED[path].names()}
    shown = value_toml(value) if kind["kind"] == "toml" else value
    return {
        "path": path,
        "name": name.replace("_", " "),
        "default": shown,
        "help": field_comments(type(owner)).get(name, ""),
        "elsewhere": path in ELSEWHERE,
        **kind,
    }


def _describe_kind(hint: Any) -> dict[str, Any]:
    """How the page asks for a value of a type."""
    if get_origin(hint) in (Union, UnionType):
        inner = _describe_kind(next(part for part in get_args(hint) if part is not type(None)))
        return {**inner, "choices": ["", *inner["choices"]]} if inner["kind"] == "choice" else inner
    if get_origin(hint) is Annotated:
        plain, *metadata = get_args(hint)
        inner = _describe_kind(plain)
        for entry in metadata:
            bounds = {bound: getattr(entry, bound, None) for bound in BOUNDS}
            inner |= {bound: limit for bound, limit in bounds.items() if limit is not None}
            inner["wanted"] = getattr(entry, "description", None) or ""
        return inner
    if get_origin(hint) is Literal:
        return {"kind": "choice", "choices": list(get_args(hint))}
    return {"kind": {bool: "switch", int: "whole", float: "number", str: "text"}.get(hint, "toml")}
