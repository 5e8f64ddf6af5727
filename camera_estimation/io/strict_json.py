"""Strict JSON that people can read: objects over several lines, lists of numbers and matrices on one."""

from __future__ import annotations

import json
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode  # made once: a sample has a hundred values


def json_text(value: Any, indent: str = "") -> str:
    """``indent`` stands before every line but the first. Raises ValueError for NaN and infinity."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{_encode(key)}: {json_text(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, (list, tuple)) and any(isinstance(item, dict) for item in value):
        return "[\n" + ",\n".join(f"{inner}{json_text(item, inner)}" for item in value) + f"\n{indent}]"
    return _encode(value)
