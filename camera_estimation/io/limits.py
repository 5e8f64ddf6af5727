"""Limits of what is read, as the settings of the process have them, and files that are looked at before they are read.

A number in a file's header says what the file claims; it is held against these, and against the file's length, before
memory is taken for it.
"""

from __future__ import annotations

from pathlib import Path

from camera_estimation.configuration import LimitsConfig
from camera_estimation.errors import InputError

MEGA = 1_000_000
MOST_SHOWN = 10**18
SHRINK = "make it smaller"

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
        InputError: It is a device or a pipe, or too large; one line.
    """
    try:
        size = path.stat().st_size
    except OSError:
        return
    if not path.is_file() and not path.is_dir():
        raise InputError(f"{path}: is no file but a device or a pipe; give the path of a file")
    check_limit(name, size / MEGA, path, "megabytes")


def read_content(path: Path, name: str = "file_megabytes") -> bytes:
    """All bytes of a file, or of a pipe, up to a limit.

    Args:
        path: The file.
        name: Of the limit.

    Raises:
        InputError: It is too large; one line.
        OSError: It cannot be read.
    """
    most = int(getattr(_current, name) * MEGA)
    with path.open("rb") as stream:
        if path.is_file():
            check_file_size(path, name)
            return stream.read()
        content = stream.read(most + 1)
    check_limit(name, len(content) / MEGA, path, "megabytes")
    return content


def _number_text(value: float) -> str:
    shown = min(value, MOST_SHOWN)  # files claim numbers beyond those of floating point
    return str(int(shown)) if float(shown).is_integer() else f"{shown:.5g}"
