"""log.txt: what the terminal showed, with the time of each line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from camera_estimation.errors import InputError

RUN_LOG_NAME = "log.txt"


@contextmanager
def tee_terminal(path: Path) -> Iterator[None]:
    """While it lasts, lines that are written to stdout and stderr are written to a log too.

    Each is written at once, so that the log of a run that was killed ends where the run did.

    Args:
        path: Of the log, which is begun anew.

    Raises:
        InputError: It cannot be written.
    """
    try:
        log = path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another output folder") from error
    before = sys.stdout, sys.stderr
    with log:
        streams = sys.stdout, sys.stderr = _Copied(before[0], log), _Copied(before[1], log)
        try:
            yield
        except InputError as error:
            _write(log, f"Error: {error}")
            raise
        finally:
            sys.stdout, sys.stderr = before
            for stream in streams:
                stream.end()


class _Copied:
    """A text stream whose lines go to the log as well: of what a carriage return overwrites only the last."""

    def __init__(self, stream: TextIO, log: TextIO) -> None:
        self._stream, self._log, self._line = stream, log, ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._put(line)
        self._line = self._line.rpartition("\r")[2]
        return self._stream.write(text)

    def end(self) -> None:
        """What is left of a line without an end."""
        self._put(self._line)
        self._line = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def _put(self, line: str) -> None:
        shown = line.rpartition("\r")[2].rstrip()
        if shown:
            _write(self._log, shown)


def _write(log: TextIO, line: str) -> None:
    log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S}  {line}\n")
    log.flush()
