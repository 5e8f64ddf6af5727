"""Where the installed commands begin: Ctrl-C and SIGTERM end them in one line, also while modules are loaded.

Only the standard library is imported before that is so, for until then Python would show a traceback.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)
STDERR = 2  # descriptor: Python's stream may be in use where the signal comes
SIGNALED = 128  # to which shells add the number of the signal that has ended a command


def start_estimate() -> None:
    run_command("estimate")


def start_evaluate() -> None:
    run_command("evaluate")


def start_compare() -> None:
    run_command("compare")


def start_masks() -> None:
    run_command("masks")


def start_export() -> None:
    run_command("export")


def start_merge() -> None:
    run_command("merge")


def start_studio() -> None:
    run_command("studio")


def start_insert() -> None:
    run_command("insert")


def start_serve() -> None:
    run_command("serve")


def run_command(name: str) -> None:
    """Load a module of ``cli`` and run its command as the whole process, which ends with it."""
    end_at_signals()
    from importlib import import_module

    import_module(f"camera_estimation.cli.{name}").main.run_as_program()


def end_at_signals() -> None:
    """Have Ctrl-C and SIGTERM end the process at once, where nothing is half done.

    What the caller lets it ignore, as a shell does with Ctrl-C for what runs in the background, stays ignored.
    """
    for number in STOPPING:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, end_at_once)


def end_at_once(number: int, frame: FrameType | None) -> None:
    """A handler that ends the process, with the code that a shell gives to one ended by the signal."""
    with suppress(OSError):  # nobody reads it
        os.write(STDERR, b"\ninterrupted\n")
    os._exit(SIGNALED + number)
