"""The folder that a server has for itself: what an earlier one left of its requests is taken away at the start."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.weights import weights_folder

MARK_NAME, MARK_TEXT = "camera-serve.txt", "This folder is camera-serve's: files in it are removed without asking.\n"
LOCK_NAME, REQUESTS, MESHES = "lock", "requests", "meshes"


class Workspace:
    """The folder, held for one server at a time.

    Args:
        folder: Made where it is not there.

    Raises:
        InputError: It holds something else, another server has it, or it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        from filelock import FileLock, Timeout

        self.folder = folder.resolve()
        try:
            self._claim()
            self._lock = FileLock(self.folder / LOCK_NAME, timeout=0)
            self._lock.acquire()
            shutil.rmtree(self.requests, ignore_errors=True)
            self.requests.mkdir()
            self.meshes.mkdir(exist_ok=True)
        except Timeout as error:
            raise InputError(f"{folder}: another camera-serve has it; give --folder another one") from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"{folder}: cannot be written ({reason}); give --folder another one") from error

    @property
    def requests(self) -> Path:
        """A folder for each request that is received, waits or runs."""
        return self.folder / REQUESTS

    @property
    def meshes(self) -> Path:
        """A folder for each mesh that is kept."""
        return self.folder / MESHES

    def request_folder(self) -> Path:
        """A new one, for the files of one request."""
        folder = self.requests / secrets.token_hex(8)
        folder.mkdir()
        return folder

    def close(self) -> None:
        """Take away what is left of requests, and leave the folder to others. Meshes stay for the next server."""
        shutil.rmtree(self.requests, ignore_errors=True)
        self._lock.release()

    def _claim(self) -> None:
        """Nothing of a folder is removed that is not known to be a server's."""
        self.folder.mkdir(parents=True, exist_ok=True)
        mark = self.folder / MARK_NAME
        if mark.is_file():
            return
        if any(self.folder.iterdir()):
            raise InputError(f"{self.folder}: has other files in it, and camera-serve wants a folder for itself alone")
        mark.write_text(MARK_TEXT, encoding="utf-8")


def default_folder(port: int) -> Path:
    """In the cache folder, one for each port."""
    return weights_folder() / "serve" / str(port)
