"""Where in a poses.json the entries are, so that one is read, or all are copied, without the others in memory."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from camera_estimation.errors import InputError
from camera_estimation.io import json_text, write_through
from camera_estimation.results.conventions import CONVENTIONS

POSES_FORMAT, POSES_VERSION = "camera-estimation/poses", 1
INDENT = "    "  # of an entry's own lines in the file
LIST_END = b"]\n}\n"
ENTRY_START, ENTRY_END, NAME_START = b"\n    {\n", b"\n    }", b'      "name": '
TEXT_START = b"{\n"
Span = tuple[int, int]  # offset in bytes, and length


class PoseSpans:
    """The entries of one poses.json as this program writes it, by the names of samples and in the file's order.

    Args:
        path: The file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._spans: dict[str, Span] = {}

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __contains__(self, name: object) -> bool:
        return name in self._spans

    def index(self) -> bool:
        """Find the entries of the file; whether it is one that this program has written, and nobody has changed."""
        self._spans = {}
        if not self.path.stat().st_size:
            return False
        with self.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            spans = _find_spans(content)
        self._spans = spans or {}
        return spans is not None

    def text(self, name: str) -> bytes:
        """An entry as the file has it. Raises KeyError for none, and InputError if the file cannot be read any more."""
        span = self._spans[name]
        with self._open() as stream:
            return _read_span(stream, span)

    def texts(self) -> Iterator[bytes]:
        """All entries, one after the other. Raises InputError likewise."""
        with self._open() as stream:
            for span in self._spans.values():
                yield _read_span(stream, span)

    def rewrite(self, names: Sequence[str], fresh: Callable[[str], bytes | None]) -> None:
        """Write the file anew, whole or not at all, and lasting when this returns.

        Args:
            names: The entries in their order; those that are nowhere yet are passed over.
            fresh: Gives the text of an entry, in place of that of the file; None: that stays.

        Raises:
            InputError: It cannot be written; then it is as it was.
        """
        spans: dict[str, Span] = {}
        write_through(self.path, lambda place: spans.update(self._write(place, names, fresh)))
        self._spans = spans

    def _write(self, place: Path, names: Sequence[str], fresh: Callable[[str], bytes | None]) -> dict[str, Span]:
        spans: dict[str, Span] = {}
        with place.open("wb") as stream, _OldTexts(self) as old:
            stream.write(_head())
            for name in names:
                text = fresh(name) or old.text(name)
                if text is None:
                    continue
                stream.write((b",\n" if spans else b"\n") + INDENT.encode())
                spans[name] = stream.tell(), len(text)
                stream.write(text)
            stream.write((b"\n  " if spans else b"") + LIST_END)
            stream.flush()
            os.fsync(stream.fileno())
        return spans

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        try:
            with self.path.open("rb") as stream:
                yield stream
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read ({error.strerror}); check the path") from error


class _OldTexts:
    """The texts of the file that is written anew, which is open meanwhile."""

    def __init__(self, spans: PoseSpans) -> None:
        self._spans, self._path = spans._spans, spans.path
        self._stream = spans.path.open("rb") if self._spans else None

    def __enter__(self) -> _OldTexts:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def text(self, name: str) -> bytes | None:
        """Raises InputError if the file is not any more the one that was looked through."""
        span = self._spans.get(name)
        if span is None or self._stream is None:
            return None
        text = _read_span(self._stream, span)
        if _read_name(text, len(TEXT_START)) != name or not text.startswith(TEXT_START) or not text.endswith(ENTRY_END):
            raise InputError(f"{self._path}: was changed by others while this run goes on; leave it alone meanwhile")
        return text


def pose_file_head() -> str:
    """What poses.json begins with, up to its list of entries."""
    described = {"format": POSES_FORMAT, "version": POSES_VERSION, "conventions": CONVENTIONS}
    return json_text(described).removesuffix("\n}") + ',\n  "poses": ['


def _head() -> bytes:
    return pose_file_head().encode()


def _read_span(stream: BinaryIO, span: Span) -> bytes:
    stream.seek(span[0])
    return stream.read(span[1])


def _find_spans(content: mmap.mmap) -> dict[str, Span] | None:
    """None for a file of another form, which is to be read as any JSON."""
    head = _head()
    if content[: len(head)] != head:
        return None
    spans: dict[str, Span] = {}
    position = len(head)
    while content[position : position + len(ENTRY_START)] == ENTRY_START:
        end = content.find(ENTRY_END, position)
        name = _read_name(content, position + len(ENTRY_START))
        if end < 0 or name is None:
            return None
        start, position = position + 1 + len(INDENT), end + len(ENTRY_END)
        spans[name] = start, position - start
        if content[position : position + 1] != b",":
            break
        position += 1
    ending = (b"\n  " if spans else b"") + LIST_END
    return spans if content[position:] == ending else None


def _read_name(content: mmap.mmap | bytes, start: int) -> str | None:
    if content[start : start + len(NAME_START)] != NAME_START:
        return None
    line = content[start + len(NAME_START) : content.find(b"\n", start)]
    try:
        name = json.loads(line.rstrip(b","))
    except ValueError:
        return None
    return name if isinstance(name, str) else None
