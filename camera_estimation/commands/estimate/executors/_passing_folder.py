"""A temporary folder that ends with its process, however that ends: workers of a Ray cluster are killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

SHELL = "/bin/sh"
# Reads until the pipe ends, as it does with the only process that can write to it. Without a parent, for Ray ends the
# children of workers, and in a session of its own, for it ends their process groups too.
WATCH = 'trap "" HUP INT TERM; exec 3<&0; { read -r _; rm -rf -- "$1"; } <&3 3<&- &'


class PassingFolder:
    """Made at once. Where there is no shell it stays if its process is killed.

    Args:
        prefix: Of its name.

    Attributes:
        path: Where it is.
    """

    def __init__(self, prefix: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._pipe: int | None = None
        if os.name == "posix":
            with suppress(OSError):
                self._pipe = _watch(self.path)

    def remove(self) -> None:
        """Take it away now."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


def _watch(folder: Path) -> int:
    """Have a folder removed once this process has ended, or has closed what is returned."""
    theirs, own = os.pipe()
    try:
        subprocess.run(
            [SHELL, "-c", WATCH, "sh", str(folder)],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )
    except OSError:
        os.close(own)
        raise
    finally:
        os.close(theirs)
    return own
