"""Standard streams that nobody reads any more: results are more than what is said of them, so a program goes on."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from contextlib import suppress
from typing import Any

GONE = (errno.EPIPE, errno.EIO, errno.EBADF)  # the reader, the terminal, the descriptor: they do not come back
INPUT, OUTPUT, ERRORS = 0, 1, 2  # descriptors


def survive_lost_readers() -> None:
    """From here on what is printed is lost where it cannot be written, and raises nothing.

    For programs, before they open files. Descriptors that the caller has closed lead nowhere instead: the next file
    that is opened would get their numbers, and with them what libraries print.
    """
    closed = [descriptor for descriptor in (INPUT, OUTPUT, ERRORS) if _lead_nowhere(descriptor)]
    sys.stdout = _surviving(sys.stdout, OUTPUT, OUTPUT in closed)
    sys.stderr = _surviving(sys.stderr, ERRORS, ERRORS in closed)


def find_write_error(stream: object) -> OSError | None:
    """Why what is written to a stream is lost, of one that ``survive_lost_readers`` made; None: it is not."""
    buffer = getattr(stream, "buffer", None)
    return getattr(getattr(buffer, "raw", buffer), "lost", None)


class _SurvivingFile(io.FileIO):
    """A descriptor to write to that takes everything. ``lost`` is why some of it is not written."""

    lost: OSError | None = None
    owner: Any = None  # of the descriptor, who would close it

    def write(self, content: Any, /) -> int:
        left = memoryview(content).cast("B")
        size = len(left)
        try:
            while left:
                written = super().write(left)
                if written is None:  # a pipe that its other owner has made non-blocking, and that is full
                    select.select([], [self], [])
                else:
                    left = left[written:]
        except OSError as error:
            self._lose(error)
        return size

    def _lose(self, error: OSError) -> None:
        self.lost = error
        if error.errno in GONE:  # programs that are started later would be ended by what they print
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


def _lead_nowhere(descriptor: int) -> bool:
    """Open a descriptor that is closed; whether it was. Lower ones must be open, for a file gets the lowest."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        return True
    return False


def _surviving(stream: Any, descriptor: int, closed: bool) -> Any:
    """A stream in place of Python's own one; another one, of whoever embeds it, is kept."""
    if stream is not None and type(_raw(stream)) is not io.FileIO:
        return stream
    raw = _SurvivingFile(descriptor, "w", closefd=False)
    raw.owner = stream
    if closed or stream is None:
        raw.lost = OSError(errno.EBADF, os.strerror(errno.EBADF))
    unbuffered = stream is not None and stream.write_through
    replaced = io.TextIOWrapper(
        raw if unbuffered else io.BufferedWriter(raw),  # type: ignore[type-var]
        encoding="utf-8" if stream is None else stream.encoding,
        errors="backslashreplace" if stream is None else stream.errors,
        line_buffering=stream is not None and stream.line_buffering,
        write_through=unbuffered,
    )
    if stream is not None:
        _flush(stream)
    return replaced


def _raw(stream: Any) -> Any:
    buffer = getattr(stream, "buffer", None)
    return getattr(buffer, "raw", buffer)


def _flush(stream: Any) -> None:
    with suppress(OSError):
        stream.flush()
