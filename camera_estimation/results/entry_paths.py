"""Paths of meshes, images and masks in the project's files: relative to the file, with absolute ones beside.

In memory an entry has paths that work from here; in a file, those from its folder, so that both may be moved together.
Files of earlier versions have paths from where their run was started, and no absolute ones.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from camera_estimation.export import path_between
from camera_estimation.io import input_path, is_object, split_frame_path

ABSOLUTE = "absolute_paths"
PATH_KEYS = ("mesh", "image")


def entry_in_file(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    """An entry as a file has it.

    Args:
        entry: With paths that work from here: of mesh and image, and of the mask in object, as far as it has them.
        folder: Of the file.

    Returns:
        The entry with paths from that folder, and with absolute ones.
    """
    paths = {key: entry[key] for key in PATH_KEYS if entry.get(key) is not None}
    mark = entry.get("object")
    if mark and mark.get("mask"):
        paths["mask"] = mark["mask"]
    relative = {key: path_between(input_path(path), folder) for key, path in paths.items()}
    absolute = {key: _absolute(input_path(path)) for key, path in paths.items()}
    return {**_with_paths(entry, relative), ABSOLUTE: absolute}


def real_folder(folder: Path) -> Path:
    """Where a folder's link leads, from which paths of its files go up."""
    return folder if is_object(folder) else Path(os.path.realpath(folder))


def entry_from_file(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    """An entry with paths that work from here, of files that are where the entry says or have moved with its own.

    Args:
        entry: As a file has it, of this version or an earlier one.
        folder: Of the file.
    """
    return entry_from_folder(entry, real_folder(folder))


def entry_from_folder(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    """As ``entry_from_file``, of a ``real_folder``, which is looked for once for very many entries."""
    absolute = entry.get(ABSOLUTE)
    if not isinstance(absolute, dict):
        return entry
    recorded = {key: entry[key] for key in PATH_KEYS if isinstance(entry.get(key), str)}
    mark = entry.get("object")
    if isinstance(mark, dict) and isinstance(mark.get("mask"), str):
        recorded["mask"] = mark["mask"]
    found = {key: _find(path, absolute.get(key), folder) for key, path in recorded.items()}
    return {key: value for key, value in _with_paths(entry, found).items() if key != ABSOLUTE}


def _find(relative: str, absolute: Any, folder: Path) -> str:
    """The path from the folder; the absolute one where only that leads to a file. URLs are what they are."""
    may_be_object = "://" in relative or is_object(folder)
    if may_be_object and is_object(path := input_path(relative, folder)):
        return str(path)
    moved = os.path.normpath(os.path.join(folder, relative))
    kept = absolute if isinstance(absolute, str) else moved
    return Path(kept if not _is_there(moved) and _is_there(kept) else moved).as_posix()


def _absolute(path: Path) -> str:
    return str(path) if is_object(path) else Path(os.path.abspath(path)).as_posix()


def _is_there(path: str) -> bool:
    return os.path.exists(path) or split_frame_path(Path(path)) is not None


def _with_paths(entry: dict[str, Any], paths: dict[str, str]) -> dict[str, Any]:
    changed = {**entry, **{key: paths[key] for key in PATH_KEYS if key in paths}}
    return {**changed, "object": {**entry["object"], "mask": paths["mask"]}} if "mask" in paths else changed
