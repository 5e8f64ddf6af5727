"""A file to which lines are appended one by one: after a kill at any moment each is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from camera_estimation.io.atomic import write_error

BINARY = getattr(os, "O_BINARY", 0)  # of Windows, which else changes line ends


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

    def append(self, line: bytes) -> None:
        """Add a line, which has no line end in it. Raises InputError if it cannot be written; then the file is as it
        was."""
        try:
            self._write(line + b"\n")
        except OSError as error:
            raise write_error(self.path, error) from error

    def read(self) -> Iterator[bytes]:
        """The whole lines, without their ends. Raises OSError if the file is there and cannot be read."""
        if not self.path.exists():
            return
        with self.path.open("rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    yield line[:-1]

    def remove(self) -> None:
        """Take the file away. Raises OSError if that cannot be done."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, content: bytes) -> None:
        if self._descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | BINARY, 0o666)
            os.ftruncate(self._descriptor, _length_of_whole_lines(self._descriptor))
        length = os.lseek(self._descriptor, 0, os.SEEK_END)
        left = memoryview(content)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            os.ftruncate(self._descriptor, length)
            raise


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
