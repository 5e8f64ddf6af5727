"""The entries of a run, read from disk where they are asked for: those of very many samples would not fit in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from camera_estimation.io import parse_json
from camera_estimation.results._pose_spans import PoseSpans
from camera_estimation.results.pose_file import poses_path, read_entries, read_entry

Entry = dict[str, Any]


class RunEntries(Sequence[Entry]):
    """The entries of a pose file, in its order, with paths that work from here.

    Of a file as this program writes it one entry is in memory, the last; of others, which had to be read as a whole,
    all are.

    Args:
        path: A poses.json, or the folder with one.

    Raises:
        InputError: It is none; of an entry that cannot be used when it is asked for.
    """

    def __init__(self, path: Path) -> None:
        self.path = poses_path(path)
        self._spans = PoseSpans(self.path)
        indexed = self.path.is_file() and self._spans.index()
        self._whole = None if indexed else read_entries(self.path)
        self._names = list(self._spans)
        self._last: tuple[int, Entry] | None = None

    def __len__(self) -> int:
        return len(self._names) if self._whole is None else len(self._whole)

    @overload
    def __getitem__(self, number: int) -> Entry: ...

    @overload
    def __getitem__(self, number: slice) -> list[Entry]: ...

    def __getitem__(self, number: int | slice) -> Entry | list[Entry]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        if self._whole is not None:
            return self._whole[number]
        place = range(len(self))[number]
        if self._last is None or self._last[0] != place:
            self._last = place, self._check(self._spans.text(self._names[place]), place)
        return self._last[1]

    def __iter__(self) -> Iterator[Entry]:
        if self._whole is not None:
            yield from self._whole
            return
        for place, text in enumerate(self._spans.texts()):
            yield self._check(text, place)

    def _check(self, text: bytes, place: int) -> Entry:
        return read_entry(parse_json(text.decode("utf-8"), self.path, "estimate again"), self.path, place + 1)


class LateEntry(Mapping[str, Any]):
    """One of ``entries``, which is read when it is asked for something."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], number: int) -> None:
        self._entries, self._number = entries, number

    def __getitem__(self, key: str) -> Any:
        return self._entries[self._number][key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries[self._number])

    def __len__(self) -> int:
        return len(self._entries[self._number])
