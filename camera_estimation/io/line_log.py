"""A file to which lines are appended one by one: after a kill at any moment each is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.io.atomic import write_error
from camera_estimation.io.limits import check_plain_file

BINARY = getattr(os, "O_BINARY", 0)  # of Windows, which else changes line ends
Span = tuple[int, int]  # offset in bytes, and length


class LineLog:
    """Appends to a file, and makes it, and its folder, with the first line.

    A line is one write at the end of the file. What a kill or a full disk has cut off has no line end: it is taken off
    before the next line, and nobody reads it.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def append(self, line: bytes) -> Span:
        """Add a line, which has no line end in it.

        Returns:
            Where it is, for ``read_line``.

        Raises:
            InputError: It cannot be written; then the file is as it was. Or others have taken it away: what is written
                to an open file that has no name any more is lost with the process.
        """
        try:
            if not self.is_in_place():
                raise removed_error(self.path)
            return self._write(line + b"\n"), len(line)
        except OSError as error:
            raise write_error(self.path, error) from error

    def read(self) -> Iterator[tuple[Span, bytes]]:
        """The whole lines, without their ends, each with where it is. Raises OSError if the file is there and cannot be
        read."""
        if check_plain_file(self.path) is None:
            return
        start = 0
        with self.path.open("rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    yield (start, len(line) - 1), line[:-1]
                start += len(line)

    def read_line(self, span: Span) -> bytes:
        """The line that is there, without its end; one thread at a time may write or read. Raises OSError if that
        cannot be done."""
        descriptor = self._open()
        start, length = span
        os.lseek(descriptor, start, os.SEEK_SET)
        parts = []
        while length:
            parts.append(os.read(descriptor, length))
            length = length - len(parts[-1]) if parts[-1] else 0
        return b"".join(parts)

    def is_in_place(self) -> bool:
        """Whether the file that is open is the one of its path. Raises OSError where the system cannot tell."""
        if self._descriptor is None:
            return True
        state = _find_state(self.path)
        return state is not None and os.path.samestat(state, os.fstat(self._descriptor))

    def remove(self) -> None:
        """Take the file away. Raises OSError if that cannot be done."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        if self._descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | BINARY, 0o666)
            os.ftruncate(self._descriptor, _length_of_whole_lines(self._descriptor))
        return self._descriptor

    def _write(self, content: bytes) -> int:
        """Gives where the content begins."""
        descriptor = self._open()
        length = os.lseek(descriptor, 0, os.SEEK_END)
        left = memoryview(content)
        try:
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError:
            os.ftruncate(descriptor, length)
            raise
        return length


def is_gone(path: Path) -> bool:
    """Whether there is nothing of that path. Raises OSError where the system cannot tell."""
    return _find_state(path) is None


def removed_error(path: Path) -> InputError:
    """What is told where a file that is written for long has been taken away meanwhile."""
    return InputError(
        f"{path}: was removed or replaced by others while it was being written; leave its folder alone, then the same "
        "command goes on with what is there"
    )


def _find_state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _length_of_whole_lines(descriptor: int, block: int = 1 << 16) -> int:
    """Bytes up to the last line end, which is looked for from the back."""
    end = os.lseek(descriptor, 0, os.SEEK_END)
    while end > 0:
        start = max(0, end - block)
        os.lseek(descriptor, start, os.SEEK_SET)
        found = os.read(descriptor, end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
