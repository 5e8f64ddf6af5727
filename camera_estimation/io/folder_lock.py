"""One process at a time writes into a folder.

The lock is on an open file, ``.lock`` in the folder, so the system takes it away with the process, however that ends;
what the file says of its process is for people, and for file systems without locks. Where a file system does not pass
locks on from machine to machine (NFS that is mounted with ``nolock``, some clusters' and most object stores'), only
processes of one machine are kept apart.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io._running import is_running, start_of
from camera_estimation.io.atomic import write_error
from camera_estimation.io.limits import check_plain_file

LOCK_NAME = ".lock"
NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # which would have the file made, and emptied, elsewhere
WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
LOCKED_BYTE = 1 << 30  # on Windows, where others cannot read what is locked: far behind what is written


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[bool]:
    """Keep others out of a folder, which is made where there is none.

    Yields:
        Whether the lock is one that a process has left that was killed.

    Raises:
        InputError: Another process has it, which the message names, or the folder cannot be written to.
    """
    path = folder / LOCK_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_plain_file(path)
        descriptor = _take(path)
    except OSError as error:
        raise write_error(folder, error) from error
    try:
        earlier = _read_owner(descriptor)
        _write_owner(path, descriptor)
        yield bool(earlier)
    finally:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)  # for Windows, where a file that is open stays: it says nothing then
            if _is_same_file(descriptor, path):  # not that of a run which came after somebody had deleted ours
                path.unlink()
        os.close(descriptor)


@contextlib.contextmanager
def wait_for_file(path: Path) -> Iterator[None]:
    """Have a file for oneself, as soon as no other process has it; it is taken away afterwards.

    Raises:
        OSError: It cannot be made or locked; so it is on Windows.
    """
    if sys.platform == "win32":
        raise OSError(errno.ENOSYS, "files are not waited for on Windows")
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _take(path: Path) -> int:
    """The open and locked file. Raises InputError if another process has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_LINK, 0o666)
        try:
            if not _lock(descriptor):
                raise InputError(_refusal(path, _read_owner(descriptor)))
            if _is_same_file(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # another process has ended meanwhile, and taken its file away


def _lock(descriptor: int) -> bool:
    """Whether the file is locked by this process now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in WITHOUT_LOCKS:
            return not _is_alive(_read_owner(descriptor))
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True


def _is_alive(owner: dict[str, Any]) -> bool:
    """Whether the process that has written the file may still run, where the file system has no locks."""
    if not owner or owner.get("host") != socket.gethostname():
        return bool(owner)
    process = owner["pid"]
    return process != os.getpid() and is_running(process) and owner.get("start") in (None, start_of(process))


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _refusal(path: Path, owner: dict[str, Any]) -> str:
    told = "process {pid} on {host}, since {since}".format(**owner) if owner else "another process"
    return (
        f"{path.parent}: another run writes there ({told}); wait for it, or choose another output folder. "
        f"If there is no such process, delete {path}"
    )


def _read_owner(descriptor: int) -> dict[str, Any]:
    """What the file says of its process; nothing where it is new."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        owner = json.loads(os.read(descriptor, 1 << 12).decode())
    except ValueError:
        return {}
    whole = isinstance(owner, dict) and isinstance(owner.get("pid"), int) and {"host", "since"} <= owner.keys()
    return owner if whole else {}


def _write_owner(path: Path, descriptor: int) -> None:
    """Raises InputError if the folder's disk is full."""
    owner = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "start": start_of(os.getpid()),
    }
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(owner).encode() + b"\n")
    except OSError as error:
        raise write_error(path, error) from error
