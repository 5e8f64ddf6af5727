"""Limits of what is read, as the settings of the process have them, and files that are looked at before they are read.

A number in a file's header says what the file claims; it is held against these, and against the file's length, before
memory is taken for it.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from camera_estimation.configuration import LimitsConfig
from camera_estimation.errors import InputError

MEGA = 1_000_000
MOST_SHOWN = 10**18
SHRINK = "make it smaller"
TABLE_LIMIT = "table_megabytes"
IMPOSSIBLE = (errno.ENAMETOOLONG, errno.ELOOP)

_current = LimitsConfig()


def use_limits(limits: LimitsConfig) -> None:
    """What all that is read from now on is held against, in all threads of this process."""
    global _current
    _current = limits


def current_limits() -> LimitsConfig:
    """Those of ``use_limits``, the defaults before it was called."""
    return _current


def check_limit(name: str, found: float, where: object, what: str, remedy: str = SHRINK) -> None:
    """Hold a number that a file says or has against a limit.

    Args:
        name: Of the field in ``LimitsConfig``.
        found: In the unit of that field.
        where: The file, which the message begins with.
        what: Is counted, for the message: "vertices".
        remedy: What to do instead of raising the limit.

    Raises:
        InputError: It is beyond the limit; one line that names the setting.
    """
    allowed = getattr(_current, name)
    if found > allowed:
        raise InputError(
            f"{where}: has {_number_text(found)} {what}, more than limits.{name} = {_number_text(allowed)}; {remedy}, "
            "or raise that setting in a TOML file"
        )


def check_file_size(path: Path, name: str = "file_megabytes") -> None:
    """Whether a path is a plain file of a size that is read, before it is opened.

    Args:
        path: The file; one that is not there passes, for whoever opens it has a line about that.
        name: Of the limit.

    Raises:
        InputError: It is a device or a pipe, or too large, or no file can have such a path; one line.
    """
    state = check_plain_file(path)
    if state is not None:
        check_limit(name, state.st_size / MEGA, path, "megabytes")


def names_file(path: Path) -> bool:
    """As ``Path.is_file``, which raises OSError for names that are too long for a system: those name none."""
    try:
        return path.is_file()
    except InputError:  # of cloud storage that cannot be asked
        raise
    except (OSError, ValueError):
        return False


def check_plain_file(path: Path) -> os.stat_result | None:
    """Whether a path is a plain file or a folder, or nothing is there: a pipe would be waited for, a device never ends.

    Args:
        path: The file.

    Returns:
        What the system says of it; None: nothing is there.

    Raises:
        InputError: It is a device or a pipe, or no file can have such a path; one line.
    """
    state = _look_at(path)
    if state is not None and not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
        raise InputError(f"{path}: is no file but a device or a pipe; give the path of a file")
    return state


def read_content(path: Path, name: str = "file_megabytes") -> bytes:
    """All bytes of a file, up to a limit, or of a pipe if it is a table: shells write some into pipes, as ``<(...)``.

    Args:
        path: The file.
        name: Of the limit.

    Raises:
        InputError: It is too large, a device or a pipe that it must not be, or nobody writes into it; one line.
        OSError: It cannot be read.
    """
    state = _look_at(path)
    if state is not None and stat.S_ISFIFO(state.st_mode) and name == TABLE_LIMIT:
        from camera_estimation.io._pipe import read_pipe

        content = read_pipe(path, int(getattr(_current, name) * MEGA) + 1)
        check_limit(name, len(content) / MEGA, path, "megabytes")
        return content
    check_file_size(path, name)
    return path.read_bytes()


def _look_at(path: Path) -> os.stat_result | None:
    """Raises InputError for a path that no file can have."""
    try:
        return path.stat()
    except InputError:  # of cloud storage, which tells why
        raise
    except ValueError as error:
        raise InputError(f"{path}: has a zero byte, as no path of a file has; mend the path") from error
    except OSError as error:
        if error.errno in IMPOSSIBLE:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
        return None


def _number_text(value: float) -> str:
    shown = min(value, MOST_SHOWN)  # files claim numbers beyond those of floating point
    return str(int(shown)) if float(shown).is_integer() else f"{shown:.5g}"
