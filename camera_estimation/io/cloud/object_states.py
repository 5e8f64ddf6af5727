"""What is known of objects without reading them: whether they are there, their size, and which version they are.

Storage is asked once a minute at most for an object, or for the folder that it is in; of an object that changes within
that time the next run knows.
"""

from __future__ import annotations

import errno
import os
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Literal

from camera_estimation.errors import InputError
from camera_estimation.io.cloud._stores import call_store, storage_place
from camera_estimation.io.cloud._trouble import DeniedError

STATE_SECONDS = 60.0  # for which an answer of storage holds
STATES_KEPT = 200_000
REQUESTS_AT_ONCE = 16
NANOSECONDS = 10**9
# Fields of what storage says of an object, as the libraries of the different kinds call them: the first counts that is
# there. Those of the content come before those that change with other properties.
VERSION_FIELDS = ("ETag", "md5Hash", "etag", "generation")
TIME_FIELDS = ("LastModified", "last_modified", "mtime", "updated", "created")


@dataclass(frozen=True)
class ObjectState:
    """An object as storage has it now.

    Attributes:
        kind: "denied" is what storage does not say anything of.
        size: In bytes.
        modified_ns: Nanoseconds of its last change, in whole seconds, as some requests tell no more.
        version: Changes with the content.
        reason: Why nothing is said of it: the line for the user.
    """

    kind: Literal["object", "folder", "nothing", "denied"]
    size: int = 0
    modified_ns: int = 0
    version: str = ""
    reason: str = ""


NOTHING, FOLDER = ObjectState("nothing"), ObjectState("folder")

_lock = Lock()
_known: OrderedDict[str, tuple[float, ObjectState]] = OrderedDict()  # by URL, with the time that it was asked
_listed: dict[str, float] = {}  # folders by URL: what is not known of them is not there


def object_state(url: str) -> ObjectState:
    """The state of an object, a folder or nothing.

    Raises:
        InputError: Storage cannot be reached. That an object may not be read is a state.
    """
    if storage_place(url) is None:
        return NOTHING
    known = _recall(url)
    return known if known is not None else _remember(url, _ask(url))


def look_up_all(urls: Iterable[str]) -> None:
    """Ask for many objects at once, so that ``object_state`` knows of them. What goes wrong is told by that."""
    unknown = [url for url in dict.fromkeys(urls) if storage_place(url) is not None and _recall(url) is None]
    if len(unknown) < 2:
        return
    with ThreadPoolExecutor(min(REQUESTS_AT_ONCE, len(unknown)), thread_name_prefix="cloud") as pool:
        for asked in [pool.submit(object_state, url) for url in unknown]:
            with suppress(InputError):
                asked.result()


def require_object(url: str) -> ObjectState:
    """The state of an object. Raises OSError if there is none, and InputError if it may not be read, or as
    ``object_state``."""
    state = object_state(url)
    if state.kind == "denied":
        raise DeniedError(state.reason)
    if state.kind != "object":
        code = errno.ENOENT if state.kind == "nothing" else errno.EISDIR
        raise OSError(code, os.strerror(code), url)
    return state


def list_folder(url: str) -> list[str]:
    """The names of objects and folders in a folder, by their names; ``object_state`` knows of all afterwards.

    Raises:
        InputError: As ``object_state``, or it may not be listed.
        FileNotFoundError: There is no such folder.
    """
    place = storage_place(url)
    if place is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url)
    found = call_store(url, lambda store: store.ls(place, detail=True))
    names = []
    for info in found:
        name = str(info["name"]).rstrip("/").rpartition("/")[2]
        if str(info["name"]).strip("/") == place or not name:  # an empty object that stands for the folder
            continue
        names.append(name)
        _remember(f"{url}/{name}", _parse_info(info))
    with _lock:
        _listed[url] = time.monotonic()
    return sorted(names)


def forget_state(url: str) -> None:
    """Ask again the next time."""
    with _lock:
        _known.pop(url, None)


def forget_states() -> None:
    """All of them."""
    with _lock:
        _known.clear()
        _listed.clear()


def _recall(url: str) -> ObjectState | None:
    now = time.monotonic()
    with _lock:
        if url in _known and now - _known[url][0] < STATE_SECONDS:
            return _known[url][1]
        listed = _listed.get(url.rpartition("/")[0])
        return NOTHING if listed is not None and now - listed < STATE_SECONDS and url not in _known else None


def _remember(url: str, state: ObjectState) -> ObjectState:
    with _lock:
        _known[url] = time.monotonic(), state
        _known.move_to_end(url)
        while len(_known) > STATES_KEPT:
            _known.popitem(last=False)
            _listed.clear()  # not all is known of them any more
    return state


def _ask(url: str) -> ObjectState:
    try:
        return _parse_info(call_store(url, lambda store: store.info(storage_place(url))))
    except FileNotFoundError:
        return NOTHING
    except DeniedError as error:
        return ObjectState("denied", reason=str(error))


def _parse_info(info: Mapping[str, Any]) -> ObjectState:
    if info.get("type") == "directory":
        return FOLDER
    size, changed = int(info.get("size") or 0), _time_of(info)
    version = next((str(info[name]).strip('"') for name in VERSION_FIELDS if info.get(name)), str(changed))
    return ObjectState("object", size, int(changed) * NANOSECONDS, version)


def _time_of(info: Mapping[str, Any]) -> float:
    """Seconds since 1970; 0 where it is not told."""
    value = next((info[name] for name in TIME_FIELDS if info.get(name)), None)
    if isinstance(value, str):
        with suppress(ValueError):
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, datetime):
        return value.timestamp()
    return float(value) if isinstance(value, int | float) else 0.0
