"""Paths of objects in cloud storage, such as ``s3://bucket/meshes/spot.glb``: whoever reads one reads a copy of it that
is made on this machine where there is none. So all that takes paths takes these: names, endings, files beside.

No request is made before something is asked of the object itself.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from camera_estimation.errors import InputError

if TYPE_CHECKING or sys.platform != "win32":
    from pathlib import PosixPath as SystemPath
else:
    from pathlib import WindowsPath as SystemPath

# Letters of drives are no schemes.
URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<place>.*)", re.DOTALL)
# Other names of a scheme that programs use.
SCHEME_ALIASES = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfs": "az", "abfss": "az"}
# How paths that were made of URLs without ``input_path`` begin.
PATH_BEGINNINGS = tuple(f"{scheme}:" for scheme in ("s3", "gs", "az", "oci", "oss", *SCHEME_ALIASES))
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # no host, port, account or user
READ_ALONE = "is in cloud storage, where nothing is written; write on this machine, and copy it there afterwards"


class ObjectPath(SystemPath):
    """The URL of an object, or of a folder of objects, with the methods of a path that read.

    ``str`` gives the URL; ``os.fspath``, which ``open`` and libraries ask for, the path of a copy on this machine.
    """

    __slots__ = ()

    def __str__(self) -> str:
        scheme, colon, place = super().__str__().replace("\\", "/").partition(":/")
        return f"{scheme}://{place}" if colon else scheme

    def __fspath__(self) -> str:
        from camera_estimation.io.cloud.copies import local_copy

        return str(local_copy(str(self)))

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Size and time of the object. Raises FileNotFoundError if there is none."""
        from camera_estimation.io.cloud.object_states import require_object

        state = require_object(str(self))
        seconds = state.modified_ns // 10**9
        mode = stat.S_IFREG | stat.S_IRUSR
        values = (mode, 0, 0, 1, 0, 0, state.size, seconds, seconds, seconds)
        return os.stat_result(values, {"st_mtime_ns": state.modified_ns})

    def exists(self, **options: Any) -> bool:
        """Also of what may not be looked at: who reads it tells why."""
        return self._kind() != "nothing"

    def is_file(self, **options: Any) -> bool:
        return self._kind() == "object"

    def is_dir(self, **options: Any) -> bool:
        return self._kind() == "folder"

    def is_symlink(self) -> bool:
        return False

    def is_absolute(self) -> bool:
        return True

    def iterdir(self) -> Iterator[ObjectPath]:  # type: ignore[override]
        """The objects and folders in this one."""
        from camera_estimation.io.cloud.object_states import list_folder

        return iter([self / name for name in list_folder(str(self))])

    def glob(self, pattern: str, **options: Any) -> Iterator[ObjectPath]:  # type: ignore[override]
        """Of patterns without folders. Raises InputError for others."""
        if "/" in pattern or "**" in pattern:
            raise InputError(f"{self}: is in cloud storage, where folders in folders are not looked through; copy it")
        return iter([path for path in self.iterdir() if fnmatchcase(path.name, pattern)])

    def open(self, mode: str = "r", *args: Any, **options: Any) -> IO[Any]:  # type: ignore[override]
        """The copy, for reading. Raises FileNotFoundError if there is no object."""
        if not set(mode) <= set("rbt"):
            raise InputError(f"{self}: {READ_ALONE}")
        return open(os.fspath(self), mode, *args, **options)

    def mkdir(self, *args: Any, **options: Any) -> None:
        raise InputError(f"{self}: {READ_ALONE}")

    def resolve(self, strict: bool = False) -> ObjectPath:
        return self

    def absolute(self) -> ObjectPath:
        return self

    def samefile(self, other_path: Any) -> bool:
        return str(self) == str(other_path)

    def _kind(self) -> str:
        from camera_estimation.io.cloud.object_states import object_state

        return object_state(str(self)).kind


def input_path(text: str | os.PathLike[str], folder: Path | None = None) -> Path:
    """The path that a flag, a cell or an entry of a file names.

    Args:
        text: A path, or a URL; paths stay what they are.
        folder: That paths are relative to; URLs are whole.

    Raises:
        InputError: It is a URL that names no object; one line.
    """
    if isinstance(text, ObjectPath):
        return text
    if isinstance(text, Path) and text.parts[:1] and text.parts[0] in PATH_BEGINNINGS:
        text = f"{text.parts[0]}//{'/'.join(text.parts[1:])}"
    match = None if isinstance(text, Path) else URL.fullmatch(os.fspath(text))
    if match is None:
        return _path_from(Path(text), folder)
    scheme = match["scheme"].lower()
    scheme = SCHEME_ALIASES.get(scheme, scheme)
    if f"{scheme}:" in PATH_BEGINNINGS:
        _check_url(match["place"], os.fspath(text))
    return ObjectPath(f"{scheme}://{match['place']}")


def look_up_objects(paths: Iterable[Path]) -> None:
    """Ask at once which of several paths are there, as far as they are in cloud storage, where one is asked after the
    other otherwise."""
    urls = [str(path) for path in paths if isinstance(path, ObjectPath)]
    if urls:
        from camera_estimation.io.cloud.object_states import look_up_all

        look_up_all(urls)


def _path_from(path: Path, folder: Path | None) -> Path:
    if folder is None or path.is_absolute():
        return path
    if not isinstance(folder, ObjectPath):
        return folder / path
    scheme, _, place = str(folder / path).partition("://")
    bucket, _, name = place.partition("/")
    return input_path(f"{scheme}://{bucket}/{posixpath.normpath(name)}")  # what leads out of the bucket is refused


def is_object(path: Path) -> bool:
    """Whether a path is one of cloud storage."""
    return isinstance(path, ObjectPath)


def _check_url(place: str, url: str) -> None:
    """Raises InputError for what a path cannot hold, or what libraries would take for more than a name."""
    bucket, *names = place.removesuffix("/").split("/")
    if not BUCKET.fullmatch(bucket):
        raise InputError(f"{url}: '{bucket}' is no name of a bucket; write SCHEME://BUCKET/NAME")
    if not all(name.strip() and name not in (".", "..") and name.isprintable() for name in names):
        raise InputError(f"{url}: has an empty, relative or unprintable name between its slashes; rename the object")
    if "?" in place:
        raise InputError(f"{url}: has a question mark; versions and signatures of URLs are not read")
