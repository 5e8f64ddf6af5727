"""Which processes run on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

START_FIELD = 19  # of /proc/PID/stat after the name of the program, which may have spaces: when it was started
STILL_ACTIVE, QUERY_LIMITED_INFORMATION = 259, 0x1000  # of Windows


def is_running(process: int) -> bool:
    """Whether there is a process of this number; True where that cannot be told."""
    if process <= 0:
        return False
    if sys.platform == "win32":
        return _is_running_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def start_of(process: int) -> str | None:
    """What tells a process from a later one of the same number; None where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return f"{boot} {fields[START_FIELD]}"
    except (OSError, IndexError):
        return None


def _is_running_on_windows(process: int) -> bool:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(QUERY_LIMITED_INFORMATION, False, process)
    if not handle:
        return False
    code = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return not known or code.value == STILL_ACTIVE
