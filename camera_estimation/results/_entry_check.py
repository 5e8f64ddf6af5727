"""Whether what a file has as the entry of a sample is one: files are damaged, and changed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from camera_estimation.dataset import is_safe_name
from camera_estimation.errors import InputError
from camera_estimation.results._pose_table import csv_row

STATUSES = ("ok", "failed")
TEXTS = ("name", "mesh", "image")  # that every entry has


def is_entry(entry: Any) -> bool:
    """Whether it has what is read of every entry: names, how it ended, and of a camera all that a table says of it."""
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in TEXTS):
        return False
    if entry.get("status") not in STATUSES or not is_safe_name(entry["name"]):
        return False
    try:
        csv_row(entry)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return False
    return entry["status"] == "failed" or isinstance(entry.get("loss_type"), str)


def require_entry(entry: Any, path: Path) -> dict[str, Any]:
    """The entry. Raises InputError for what is none; the line names the file."""
    if is_entry(entry):
        return entry
    name = f"'{entry['name']}'" if isinstance(entry, dict) and isinstance(entry.get("name"), str) else "of a sample"
    raise InputError(f"{path}: the entry {name} is damaged; delete the file or choose another output folder")
