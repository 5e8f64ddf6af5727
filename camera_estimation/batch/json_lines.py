"""Lines of JSON on stdout for programs that go on from each, with everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress

import click

from camera_estimation.errors import InputError
from camera_estimation.io import find_write_error

BROKEN_PIPE = 13  # number of SIGPIPE, which ends most programs that write to nobody


class LineWriter:
    """Writes lines to what is stdout where it is made.

    Attributes:
        is_read: Whether somebody reads there; not, as after ``head``, once a line could not be written.
    """

    def __init__(self) -> None:
        self._stream, self.is_read = sys.stdout, True

    def write(self, line: str) -> None:
        """At once. Where nobody reads any more it says so, once."""
        if not self.is_read:
            return
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
            error = find_write_error(self._stream)
        except OSError as raised:
            error = raised
            with suppress(OSError, ValueError):  # Python would fail on what is left in its buffer when it ends
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        if error is not None:
            self.is_read = False
            why = "nobody reads its lines" if isinstance(error, BrokenPipeError) else "its lines would be lost"
            click.echo(f"stdout: {error.strerror}; the run ends after what runs, for {why}", err=True)


@contextmanager
def keep_stdout_for_lines() -> Iterator[LineWriter]:
    """While the context lasts what is printed goes to stderr.

    Yields:
        What writes a line to stdout.

    Raises:
        InputError: stdout was closed before the program was started.
    """
    if sys.stdout is None or find_write_error(sys.stdout) is not None:
        raise InputError("--json writes lines to stdout, which is closed: open it, or leave --json away")
    writer = LineWriter()
    with redirect_stdout(sys.stderr):
        yield writer
