"""Pipes that are given in the place of files, as shells do by ``<(...)``: nobody is waited for without end."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

from camera_estimation.errors import InputError

PATIENCE = 30.0  # seconds in which nothing comes
PIECE = 1 << 16  # bytes, as many as a pipe of Linux holds


def read_pipe(path: Path, most: int, patience: float = PATIENCE) -> bytes:
    """What is written into a pipe until its writers close it.

    Args:
        path: Of the pipe.
        most: Bytes after which the rest is left.
        patience: Seconds after which a pipe is given up into which nothing is written.

    Raises:
        InputError: Nothing came in that time; one line.
        OSError: It cannot be read.
    """
    if sys.platform == "win32":  # where pipes have other names
        return path.read_bytes()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # else it waits for a writer
    content = bytearray()
    try:
        while len(content) < most:
            if not select.select([descriptor], [], [], patience)[0]:
                raise InputError(f"{path}: is a pipe into which nobody writes; give the path of a file")
            piece = os.read(descriptor, min(PIECE, most - len(content)))
            if not piece:
                break
            content += piece
    finally:
        os.close(descriptor)
    return bytes(content)
