"""Arrays that are kept on disk for the next run, in a folder that does not grow without end."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from camera_estimation.io.atomic import write_bytes
from camera_estimation.io.folder_lock import wait_for_file

SUFFIX = ".safetensors"
CHECKSUM = "crc32"  # the name of an array beside the others

_writing = Lock()  # for threads of one process, whose files have the same name until they are whole


@dataclass(frozen=True)
class ArrayCache:
    """Sets of named arrays by key, a file each; several processes may use one folder at once.

    Args:
        folder: Made when something is written.
        limit: Bytes of all files together, about; beyond it those that were not used for longest are removed.
    """

    folder: Path
    limit: int

    def path(self, key: str) -> Path:
        """The file of a key that is fit for a file's name."""
        return self.folder / f"{key}{SUFFIX}"

    def read(self, key: str) -> dict[str, np.ndarray] | None:
        """The arrays, or None where they are not there, or damaged."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        path = self.path(key)
        try:
            arrays = load(path.read_bytes())
        except (OSError, SafetensorError, ValueError, KeyError):
            return None
        checksum = arrays.pop(CHECKSUM, None)
        if checksum is None or checksum.shape != (1,) or int(checksum[0]) != _checksum(arrays):
            return None
        with suppress(OSError):  # of another user, or removed by another process in between
            os.utime(path)  # it was used now
        return arrays

    @contextmanager
    def reserve(self, key: str) -> Iterator[None]:
        """While the context lasts other processes that reserve the key wait, so that what takes long is made once: to
        be looked for again within. Where files cannot be locked nobody waits, and it may be made twice."""
        place = self.folder / f".{key}.lock"
        with ExitStack() as stack:
            with suppress(OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(wait_for_file(place))
            yield

    def write(self, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays, and remove what is beyond the limit. Raises InputError if they cannot be written."""
        from safetensors.numpy import save

        whole = {**arrays, CHECKSUM: np.array([_checksum(arrays)], dtype=np.uint32)}
        with _writing:
            write_bytes(self.path(key), save(whole))
            self._remove_oldest()

    def _remove_oldest(self) -> None:
        """What other processes remove or hold open in between is passed over."""
        files = []
        with suppress(OSError):
            for path in self.folder.iterdir():
                with suppress(OSError):
                    status = path.stat()
                    files.append((status.st_mtime_ns, status.st_size, path))
        excess = sum(size for _, size, _ in files) - self.limit
        for _, size, path in sorted(files):
            if excess <= 0:
                return
            with suppress(OSError):
                path.unlink(missing_ok=True)
                excess -= size


def _checksum(arrays: Mapping[str, np.ndarray]) -> int:
    checksum = 0
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        checksum = zlib.crc32(f"{name} {array.dtype} {array.shape}".encode(), checksum)
        checksum = zlib.crc32(array.reshape(-1).view(np.uint8).data, checksum)
    return checksum
