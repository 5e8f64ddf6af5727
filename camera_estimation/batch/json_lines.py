"""Lines of JSON on stdout for programs that go on from each, with everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress

import click


@contextmanager
def keep_stdout_for_lines() -> Iterator[Callable[[str], None]]:
    """While the context lasts what is printed goes to stderr.

    Yields:
        What writes a line to stdout, at once; where nobody reads there any more, as after ``head``, it says so once.
    """
    writer = _LineWriter()
    with redirect_stdout(sys.stderr):
        yield writer.write


class _LineWriter:
    """Writes to what is stdout now."""

    def __init__(self) -> None:
        self._stream, self._is_read = sys.stdout, True

    def write(self, line: str) -> None:
        if not self._is_read:
            return
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except OSError as error:
            self._is_read = False
            click.echo(f"stdout: {error.strerror}; further results are in the output folder only", err=True)
            with suppress(OSError, ValueError):  # Python would fail on what is left in its buffer when it ends
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
