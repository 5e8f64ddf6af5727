"""poses.json and poses.csv: the cameras of all samples, in one file each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from camera_estimation.dataset import is_safe_name, natural_order
from camera_estimation.errors import InputError
from camera_estimation.io import csv_text, json_text, read_json, write_text
from camera_estimation.results._entry_check import TEXTS
from camera_estimation.results._pose_spans import POSES_FORMAT, POSES_VERSION, pose_file_head
from camera_estimation.results._pose_table import CSV_COLUMNS, csv_row
from camera_estimation.results.entry_paths import entry_from_file, entry_in_file

LONGEST_SHOWN = 60  # characters of a name in messages
POSES_NAME, CSV_NAME, SMOOTHED_NAME = "poses.json", "poses.csv", "poses_smoothed.json"


class PoseFile:
    """poses.json and poses.csv of one output folder, complete and valid after every ``record``.

    Entries come in the order of ``names``, the samples of this run, or of the earlier runs if those had all of these;
    where each has some of its own, as where a shell calls for one image after the other, in that of their names, 2
    before 10. Each entry is turned into text once, so that a run of many samples does not spend its time on writing the
    same again.

    Args:
        folder: Where they are written.
        names: Of the samples of this run.
        earlier: Entries of earlier runs, which stay until they are recorded anew.
    """

    def __init__(self, folder: Path, names: Sequence[str], earlier: Iterable[dict[str, Any]] = ()) -> None:
        self.folder = folder
        earlier = list(earlier)
        order = dict.fromkeys(order_names(names, [entry["name"] for entry in earlier]))
        self._json: dict[str, str | None] = dict(order)
        self._csv: dict[str, str | None] = dict(order)
        for entry in earlier:
            self._put(entry)

    def record(self, entry: dict[str, Any]) -> None:
        """Put in the entry of one of ``names``, or replace it, and write both files."""
        self._put(entry)
        self.save()

    def save(self) -> None:
        entries = [text for text in self._json.values() if text is not None]
        listed = "\n    " + ",\n    ".join(entries) + "\n  " if entries else ""
        write_text(self.folder / POSES_NAME, f"{pose_file_head()}{listed}]\n}}\n")
        rows = "".join(row for row in self._csv.values() if row is not None)
        write_text(self.folder / CSV_NAME, csv_text([CSV_COLUMNS]) + rows)

    def _put(self, entry: dict[str, Any]) -> None:
        written = entry_in_file(entry, self.folder)
        self._json[entry["name"]] = json_text(written, "    ")
        self._csv[entry["name"]] = csv_text([csv_row(written)])


def order_names(names: Sequence[str], earlier: Sequence[str]) -> Sequence[str]:
    """The order of entries in the files, see ``PoseFile``.

    Args:
        names: Of the samples of this run.
        earlier: Of the entries that are there.
    """
    if set(earlier) <= set(names):
        return names
    if set(names) <= set(earlier):
        return earlier
    return sorted({*names, *earlier}, key=natural_order)


def poses_path(path: Path) -> Path:
    """The file itself, or the poses.json in an output folder."""
    return path / POSES_NAME if path.is_dir() else path


def holds_run(path: Path) -> bool:
    """Whether it is an output folder, with a poses.json in it."""
    return path.is_dir() and (path / POSES_NAME).is_file()


def read_poses(path: str | Path) -> list[dict[str, Any]]:
    """The entries of a poses.json of this program's own, or of the one in an output folder, to go on from; their paths
    work from here.

    Raises InputError, which says how to go on without it, if it is none.
    """
    path = poses_path(Path(path))
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not valid JSON; delete it or choose another output folder") from error
    if not isinstance(tree, dict) or tree.get("format") != POSES_FORMAT:
        raise InputError(f"{path}: is not a file of {POSES_FORMAT}; choose another output folder")
    if tree.get("version") != POSES_VERSION:
        told = f"has version {tree.get('version')}, only version {POSES_VERSION} can be read"
        raise InputError(f"{path}: {told}; choose another output folder")
    entries = tree.get("poses")
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("name"), str) for entry in entries
    ):
        raise InputError(f"{path}: has no list of named poses; delete it or choose another output folder")
    for entry in entries:
        _check_name(entry["name"], path)
    return [entry_from_file(entry, path.parent) for entry in entries]


def read_entries(path: Path) -> list[dict[str, Any]]:
    """The entries of a poses.json that was given as input, or of the one in a folder, each with its heading whole and
    paths that work from here.

    Raises InputError, which says what to give instead, if it is none.
    """
    path = poses_path(path)
    tree = read_json(path)
    if not isinstance(tree, dict) or tree.get("format") != POSES_FORMAT or tree.get("version") != POSES_VERSION:
        raise InputError(
            f"{path}: is not a file of {POSES_FORMAT}, version {POSES_VERSION}; give the {POSES_NAME} of a run"
        )
    entries = tree.get("poses")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{path}: has no list of poses; give the {POSES_NAME} of a run")
    return [read_entry(entry, path, number) for number, entry in enumerate(entries, start=1)]


def read_entry(entry: dict[str, Any], path: Path, number: int) -> dict[str, Any]:
    """The ``number``-th entry of a file, from 1 on, with paths that work from here. Raises InputError if it lacks a
    part of its heading."""
    lacking = [key for key in (*TEXTS, "status") if not isinstance(entry.get(key), str)]
    if lacking:
        raise InputError(f"{path}: pose {number} has no {lacking[0]}; estimate that sample again")
    _check_name(entry["name"], path)
    return entry_from_file(entry, path.parent)


def _check_name(name: str, path: Path) -> None:
    """Raises InputError if it leads out of the run's folder: names of samples are names of folders and files."""
    if not is_safe_name(name):
        raise InputError(f"{path}: has a sample named {name[:LONGEST_SHOWN]!r}; no sample is named so")
