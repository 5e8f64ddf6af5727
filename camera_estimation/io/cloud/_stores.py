"""Kinds of cloud storage, by fsspec and a library for each (the extra ``cloud``), and calls of them.

What may be opened is a short list, for URLs stand in tables of strangers too: storage whose address is that of a
service, or one that settings of the machine name, and never a part of the URL. So a URL cannot lead to a machine of the
network (``http://169.254.169.254``), to files (``file://``) or to another program (``ssh://``).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from camera_estimation.errors import InputError
from camera_estimation.io.atomic import is_disk_full
from camera_estimation.io.cloud._trouble import DeniedError, trouble_of
from camera_estimation.io.limits import current_limits

Answer = TypeVar("Answer")

PAUSES = 1.0, 4.0  # seconds before a call that storage could not answer is tried again, each time
# What the libraries are to keep to themselves: tracebacks of what is told in a line, and requests for kinds of buckets.
LOGGERS = ("fsspec", "s3fs", "gcsfs", "adlfs", "aiobotocore", "botocore", "google")
QUIET = {"GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}
EXTRA = 'pip install "camera-estimation[cloud]"'


@dataclass(frozen=True)
class Store:
    """A kind of storage.

    Attributes:
        protocol: Its name in fsspec.
        package: That fsspec needs for it.
        installation: The command that installs it.
        options: Of its file system.
        pauses: As ``PAUSES``; none where the library tries for half a minute itself.
    """

    protocol: str
    package: str
    installation: str = EXTRA
    options: dict[str, Any] = field(default_factory=dict)
    pauses: tuple[float, ...] = PAUSES


# By scheme. Parts of 50 MB that are read at once would all be in memory.
STORES = {
    "s3": Store("s3", "s3fs", options={"max_concurrency": 1}),
    "gs": Store("gcs", "gcsfs", pauses=()),
    "az": Store("abfs", "adlfs", "pip install adlfs"),
    "oci": Store("oci", "ocifs", "pip install ocifs"),
    "oss": Store("oss", "ossfs", "pip install ossfs"),
}


def storage_place(url: str) -> str | None:
    """``bucket/name`` of a URL; None where it is none, or leads up."""
    scheme, separator, place = url.partition("://")
    if not separator or not scheme or not place or ".." in place.split("/"):
        return None
    return place


def call_store(url: str, call: Callable[[Any], Answer]) -> Answer:
    """What storage answers.

    Args:
        url: Of what is asked for.
        call: Asks the file system of fsspec.

    Raises:
        FileNotFoundError: There is no such thing.
        DeniedError: It may not be read, by who asks or by the settings, or its library is not installed.
        InputError: Storage cannot be reached.
        OSError: The disk of this machine is full.
    """
    store = _require_store(url)
    for pause in (*store.pauses, None):
        try:
            return call(_open_store(store, url))
        except (InputError, FileNotFoundError):
            raise
        except Exception as error:  # whatever the libraries raise
            if is_disk_full(error):
                raise
            trouble = trouble_of(error, url)
            if not trouble.passes or pause is None:
                raise trouble.error(trouble.line) from error
            time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _require_store(url: str) -> Store:
    scheme = url.partition("://")[0]
    allowed = [name for name in current_limits().storage if name in STORES]
    if scheme not in STORES:
        known = ", ".join(f"{name}://" for name in allowed)
        raise DeniedError(f"{url}: inputs are files, or in cloud storage ({known}); download it")
    if scheme not in allowed:
        raise DeniedError(f"{url}: {scheme} is not among limits.storage; add it there in a TOML file, or download it")
    return STORES[scheme]


def _open_store(store: Store, url: str) -> Any:
    """fsspec keeps what is connected."""
    scheme = url.partition("://")[0]
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        import fsspec

        fsspec.get_filesystem_class(store.protocol)
    except ImportError as error:
        raise DeniedError(
            f"{url}: {scheme}:// is read by {store.package}, which is not installed: {store.installation}"
        ) from error
    return fsspec.filesystem(store.protocol, use_listings_cache=False, **store.options)
