"""Copies of objects on this machine, shared by all its processes: made where an object is read, whole or not at all.

They lie in the folder ``objects`` beside the weights, which may be removed at any time, two files for each: the
content, and what the object was when it was read. A copy is used as long as storage says that the object is the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock

from camera_estimation.errors import InputError
from camera_estimation.io.atomic import TEMPORARY_SUFFIX, write_text, write_through
from camera_estimation.io.cloud._stores import call_store, storage_place
from camera_estimation.io.cloud.object_states import ObjectState, forget_state, require_object
from camera_estimation.io.folder_lock import wait_for_file
from camera_estimation.io.limits import MEGA, check_limit, current_limits
from camera_estimation.io.machine_cache import FOLDER_VARIABLE, cache_folder

FOLDER = "objects"
NOTE_SUFFIX = ".json"  # of what the object was, beside its copy
ENDING = re.compile(r"\.[A-Za-z0-9]{1,12}\Z")  # of an object's name, which readers go by
TRIES = 3  # of an object that changes while it is read
GIGA = 1e9
USED_SECONDS = 600.0  # a copy that was asked for in that time may be in use, and stays
SWEEP_SHARE = 0.05  # of the greatest size, after which the folder is looked through again

_copying = Lock()  # for threads of one process, whose files have the same name until they are whole
_unswept: float | None = None  # bytes since the folder was looked through; None: it never was


def local_copy(url: str) -> Path:
    """A file with the content of an object.

    Args:
        url: Of the object.

    Raises:
        OSError: There is no such object.
        InputError: It is too large, may not be read, cannot be reached or cannot be kept; one line.
    """
    for _ in range(TRIES):
        state = require_object(url)
        path = copy_path(url)
        if _is_copy(path, url, state):
            with suppress(OSError):
                os.utime(path)  # it was used now
            return path
        check_limit("file_megabytes", state.size / MEGA, url, "megabytes")
        with _reserve(path):
            if _is_copy(path, url, state) or _make_copy(url, state, path):
                return path
        forget_state(url)
    raise InputError(f"{url}: changes while it is read; try again when it is written")


def copies_folder() -> Path:
    """Where copies are. Raises InputError where there is no place for them."""
    try:
        return cache_folder() / FOLDER
    except RuntimeError as error:
        raise InputError(
            f"you have no home folder, where copies of objects would be kept; set {FOLDER_VARIABLE} to a folder"
        ) from error


def copy_path(url: str) -> Path:
    """Where the copy of an object is, if there is one."""
    digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
    ending = ENDING.search(url)
    return copies_folder() / digest[:2] / f"{digest[2:34]}{ending[0] if ending else ''}"


def _is_copy(path: Path, url: str, state: ObjectState) -> bool:
    try:
        note = json.loads(_note_path(path).read_text(encoding="utf-8"))
        return note == _note_of(url, state) and path.stat().st_size == state.size
    except (OSError, ValueError):
        return False


def _make_copy(url: str, state: ObjectState, path: Path) -> bool:
    """Whether it is whole: the object may have changed since ``state``."""
    global _unswept
    with suppress(OSError):
        _note_path(path).unlink()
    try:
        write_through(path, lambda place: _copy_content(url, place))
    except _GoneError:
        return False
    if path.stat().st_size != state.size:
        return False
    write_text(_note_path(path), json.dumps(_note_of(url, state)))
    _unswept = None if _unswept is None else _unswept + state.size
    _keep_within_limit()
    return True


class _GoneError(InputError):
    """There is no such object any more."""


def _copy_content(url: str, place: Path) -> None:
    from fsspec.callbacks import Callback

    class Meter(Callback):
        """Ends the reading of an object that is larger than storage has said."""

        def relative_update(self, inc: int = 1) -> None:
            super().relative_update(inc)
            check_limit("file_megabytes", self.value / MEGA, url, "megabytes")

    try:
        call_store(url, lambda store: store.get_file(storage_place(url), str(place), callback=Meter()))
    except FileNotFoundError as error:
        raise _GoneError(f"{url}: no such object") from error


@contextmanager
def _reserve(path: Path) -> Iterator[None]:
    """While others make the same copy they are waited for, so that it is made once."""
    with _copying, ExitStack() as stack:
        with suppress(OSError):  # files cannot be locked here: it may be made twice
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(wait_for_file(path.with_name(f".{path.name}.lock")))
        yield


def _note_path(path: Path) -> Path:
    return path.with_name(f"{path.name}{NOTE_SUFFIX}")


def _note_of(url: str, state: ObjectState) -> dict[str, object]:
    return {"url": url, "size": state.size, "modified_ns": state.modified_ns, "version": state.version}


def _keep_within_limit() -> None:
    """Take away the copies that were not used for longest, where all are larger than the limit."""
    global _unswept
    most = current_limits().storage_cache_gigabytes * GIGA
    if _unswept is not None and _unswept < SWEEP_SHARE * most:
        return
    _unswept = 0.0
    now = time.time()
    copies, total = [], 0
    for path, status in _list_files():
        if (
            path.name.endswith(TEMPORARY_SUFFIX) and now - status.st_mtime > USED_SECONDS
        ):  # of a process that was killed
            _remove(path)
        elif not path.name.startswith(".") and not path.name.endswith(NOTE_SUFFIX):
            copies.append((status.st_mtime, status.st_size, path))
        total += status.st_size
    for used, size, path in sorted(copies):
        if total <= most or now - used < USED_SECONDS:
            return
        _remove(_note_path(path))
        _remove(path)
        total -= size


def _list_files() -> Iterator[tuple[Path, os.stat_result]]:
    """What other processes remove in between is passed over."""
    for place, _, names in os.walk(copies_folder()):
        for name in names:
            path = Path(place, name)
            with suppress(OSError):
                yield path, path.stat()


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
