"""Ctrl-C and SIGTERM of a command: it is interrupted where it is, and ends with the code of the signal."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from camera_estimation._start import SIGNALED, STOPPING, end_at_once

LEAVE_SECONDS = 20.0  # that what libraries do at the end of an interrupted process may take
IMPORTING = "importlib._bootstrap"  # whose frames are below those of a module that is imported


class Interruption:
    """Of this process, of the signals that came outside of runs, which have ``StopSignals``.

    Attributes:
        number: Of the last one; None: none came.
    """

    def __init__(self) -> None:
        self.number: int | None = None

    @property
    def exit_code(self) -> int:
        """130 is what a shell expects of a command ended by Ctrl-C, and 143 of one ended by SIGTERM."""
        return SIGNALED + (self.number or signal.SIGINT)

    def raise_at_signals(self) -> None:
        """From here on both signals raise KeyboardInterrupt, which lets files that are being written be taken away.

        What is lost in a callback, where Python only tells of an exception, is raised again.
        """
        for number in STOPPING:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                signal.signal(number, self._handle)
        sys.unraisablehook = self._raise_again

    def limit_leaving(self) -> None:
        """End the process after a while, though a thread or a library waits at its end for what never comes."""
        leaving = threading.Timer(LEAVE_SECONDS, os._exit, [self.exit_code])
        leaving.daemon = True
        leaving.start()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        if _is_importing(frame):  # extension modules that are cut short raise, and print, what they like
            end_at_once(number, frame)
        raise KeyboardInterrupt

    def _raise_again(self, unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            _thread.interrupt_main(signal.Signals(self.number or signal.SIGINT))
        else:
            sys.__unraisablehook__(unraisable)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == IMPORTING:
            return True
        frame = frame.f_back
    return False
