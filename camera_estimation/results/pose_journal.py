"""poses.json, poses.csv and failures.json of a run that may be killed at any moment, by way of poses.jsonl.

What is recorded is a line of poses.jsonl at once. From time to time, and at the end, the lines are put into the other
files, and poses.jsonl is taken away: where one is found, its run was killed, and goes on with what it holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import (
    LineLog,
    check_plain_file,
    csv_text,
    is_gone,
    json_text,
    removed_error,
    write_error,
    write_text,
    write_through,
)
from camera_estimation.results._entry_check import is_entry, require_entry
from camera_estimation.results._pose_spans import INDENT, PoseSpans, Span
from camera_estimation.results._pose_table import CSV_COLUMNS, csv_row
from camera_estimation.results.entry_paths import entry_from_folder, entry_in_file, real_folder
from camera_estimation.results.pose_file import CSV_NAME, POSES_NAME, order_names, read_poses

JOURNAL_NAME, FAILURES_NAME = "poses.jsonl", "failures.json"
FAILURES_FORMAT, FAILURES_VERSION = "camera-estimation/failures", 1
FAILURE_KEYS = ("name", "mesh", "image", "object", "error", "absolute_paths")
COMPACTION_SHARE = 0.02  # of the time of a run, which its journal is put into poses.json in
Entry = dict[str, Any]


class PoseJournal(Mapping[str, Entry]):
    """The entries of an output folder by the names of samples: those of earlier runs, and those that are recorded.

    Entries are read from disk where they are asked for, each with paths that work from here, so that many samples take
    little memory, before they are put into poses.json too. A record costs the same however many there are. Several
    threads may use it; one process at a time may have the journal of a folder (see ``io.lock_folder``).

    Args:
        folder: Where the files are written.
        names: Of the samples of this run. The order of the files is that of ``PoseFile``.

    Attributes:
        dropped: Lines of a run that was killed which could not be read: their samples are not finished.

    Raises:
        InputError: There is a poses.json that is none of this program's.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self._real_folder = folder, real_folder(folder)
        self.dropped = 0
        self._lock = RLock()
        self._log = LineLog(folder / JOURNAL_NAME)
        self._fresh: dict[str, Span | bytes] = {}  # what poses.json does not have yet: where its line is, or its text
        self._spans = PoseSpans(folder / POSES_NAME)
        self._read_poses()
        self._read_journal()
        self._order = list(order_names(names, list(self)))
        self._took, self._compacted = 0.0, time.monotonic()
        if self._fresh or not self._spans.path.exists() or not self._is_in_order():
            self.compact()

    def __getitem__(self, name: str) -> Entry:
        with self._lock:
            entry = self._read_fresh(name) if name in self._fresh else self._parse(self._spans.text(name))
        return entry_from_folder(entry, self._real_folder)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._spans, *self._fresh]))

    def __len__(self) -> int:
        return len(self._spans) + sum(name not in self._spans for name in self._fresh)

    def __contains__(self, name: object) -> bool:
        return name in self._fresh or name in self._spans

    def record(self, entry: Entry) -> Entry:
        """Keep the entry of a sample, in place of an earlier one of its name.

        Args:
            entry: With paths that work from here.

        Returns:
            It as the file has it.

        Raises:
            InputError: It cannot be written: what was recorded before is kept. Or others have taken the files away.
        """
        written = entry_in_file(entry, self.folder)
        line = json.dumps(written, ensure_ascii=False, allow_nan=False)
        with self._lock:
            if self._are_poses_gone():
                raise removed_error(self._spans.path)
            self._fresh[written["name"]] = self._log.append(line.encode())
        return written

    def is_in_place(self) -> bool:
        """Whether the files are still where they were: not after the folder was removed or moved away."""
        try:
            return not self._are_poses_gone() and self._log.is_in_place()
        except OSError:  # whoever writes there is told why
            return True

    def is_due(self) -> bool:
        """Whether the last ``compact`` is long enough ago for another one, which so takes a small share of the time."""
        return bool(self._fresh) and time.monotonic() - self._compacted > self._took / COMPACTION_SHARE

    def compact(self) -> None:
        """Put what was recorded into poses.json, poses.csv and failures.json, which are valid before and after.

        Raises:
            InputError: They cannot be written: what was recorded stays in poses.jsonl.
        """
        with self._lock:
            start = time.monotonic()
            try:
                self._spans.rewrite(self._order, self._fresh_text)
                self._write_tables()
                self._log.remove()
                self._fresh.clear()
            except OSError as error:
                raise write_error(self._log.path, error) from error
            finally:
                self._compacted = time.monotonic()
                self._took = self._compacted - start

    def close(self) -> None:
        """Compact what is left, unless the files were taken away. Raises InputError as ``compact`` does."""
        try:
            if self._fresh and self.is_in_place():
                self.compact()
        finally:
            self._log.close()

    def _are_poses_gone(self) -> bool:
        """Raises OSError where the system cannot tell."""
        return is_gone(self._spans.path)

    def _read_poses(self) -> None:
        path = self._spans.path
        try:
            whole = check_plain_file(path) is None or self._spans.index()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
        if not whole:
            for entry in read_poses(path):  # of another version, or changed by hand
                written = entry_in_file(require_entry(entry, path), self.folder)
                self._fresh[written["name"]] = json.dumps(written, ensure_ascii=False).encode()

    def _read_journal(self) -> None:
        try:
            for span, line in self._log.read():
                entry = _parse_line(line)
                if entry is None:
                    self.dropped += 1
                else:
                    self._fresh[entry["name"]] = span
        except OSError as error:
            raise self._reading_error(error) from error

    def _read_fresh(self, name: str) -> Entry:
        place = self._fresh[name]
        try:
            return json.loads(place if isinstance(place, bytes) else self._log.read_line(place))
        except (OSError, ValueError) as error:
            raise self._reading_error(error) from error

    def _reading_error(self, error: Exception) -> InputError:
        reason = error.strerror if isinstance(error, OSError) else "was changed by others meanwhile"
        return InputError(f"{self._log.path}: cannot be read ({reason}); check its permissions")

    def _fresh_text(self, name: str) -> bytes | None:
        """As poses.json will have it."""
        return json_text(self._read_fresh(name), INDENT).encode() if name in self._fresh else None

    def _parse(self, text: bytes) -> Entry:
        path = self._spans.path
        try:
            entry = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: is not valid JSON; delete it or choose another output folder") from error
        return require_entry(entry, path)

    def _is_in_order(self) -> bool:
        present = [name for name in self._order if name in self._spans]
        return present == list(self._spans)

    def _write_tables(self) -> None:
        """poses.csv and failures.json, of what poses.json has now."""
        failures: list[Entry] = []

        def save(place: Path) -> None:
            with place.open("w", encoding="utf-8", newline="") as stream:
                stream.write(csv_text([CSV_COLUMNS]))
                for text in self._spans.texts():
                    written = self._parse(text)
                    stream.write(csv_text([csv_row(written)]))
                    if written.get("status") == "failed":
                        failures.append({key: written.get(key) for key in FAILURE_KEYS})

        write_through(self.folder / CSV_NAME, save)
        path = self.folder / FAILURES_NAME
        if failures:
            tree = {"format": FAILURES_FORMAT, "version": FAILURES_VERSION, "failures": failures}
            write_text(path, json_text(tree) + "\n")
        else:
            path.unlink(missing_ok=True)


def _parse_line(line: bytes) -> Entry | None:
    """None for what a failing disk, or somebody, has made of a line."""
    try:
        entry = json.loads(line, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        return None
    return entry if is_entry(entry) else None


def _reject_constant(text: str) -> float:
    """NaN and the infinite numbers are no JSON, though Python reads them."""
    raise ValueError(text)
