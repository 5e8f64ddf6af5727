"""Files that are dropped on the page: received piece by piece, checked, and kept in the session's folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.dataset import IMAGE_EXTENSIONS
from camera_estimation.errors import InputError
from camera_estimation.mesh import load_mesh
from camera_estimation.web import (
    MESH_SUFFIXES,
    MOST_MESH_BYTES,
    MOST_PICTURE_BYTES,
    TooLargeError,
    check_mesh,
    check_picture,
    safe_name,
)

MOST_UPLOADS = 200  # in one session
LIMITS = {"mesh": MOST_MESH_BYTES, "picture": MOST_PICTURE_BYTES}


@dataclass(frozen=True)
class Upload:
    """A file that was received and checked. ``kind`` is "mesh" or "picture"."""

    number: int
    kind: str
    path: Path


class UploadShelf:
    """The uploads of a session by their numbers, each in a folder of its own.

    Args:
        folder: Where these folders are made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._uploads: dict[int, Upload] = {}
        self._count = 0

    async def receive(self, name: str, content: AsyncIterator[bytes], announced: int | None) -> Upload:
        """Write a file as it comes; it still has to be checked.

        Args:
            name: As the browser says; only its last part counts, and of that letters, digits, dots and dashes.
            content: The pieces.
            announced: How many bytes the browser says there are, if it does.

        Raises:
            InputError: It is no file that can be used.
            TooLargeError: It is too large; nothing of it is kept.
        """
        kind = kind_of_upload(name)
        limit = LIMITS[kind]
        if announced is not None and announced > limit:
            raise _too_large(name, limit)
        if self._count >= MOST_UPLOADS:
            raise InputError(f"{name}: {MOST_UPLOADS} files were dropped in this session; start camera-studio anew")
        self._count = number = self._count + 1
        path = self.folder / f"{number:03d}" / safe_name(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        received = 0
        try:
            with path.open("wb") as file:
                async for piece in content:
                    received += len(piece)
                    if received > limit:
                        raise _too_large(name, limit)
                    file.write(piece)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self._uploads[number] = Upload(number, kind, path)
        return self._uploads[number]

    def check(self, upload: Upload) -> None:
        """Raises InputError, and forgets the file, if it is not what its name says or too much of it."""
        try:
            if upload.kind == "mesh":
                check_mesh(upload.path, upload.path.name)
                load_mesh(upload.path)
            else:
                check_picture(upload.path, upload.path.name)
        except InputError as error:
            upload.path.unlink(missing_ok=True)
            self._uploads.pop(upload.number, None)
            raise InputError(str(error).replace(f"{upload.path.parent}/", "")) from error

    def find(self, number: object, kind: str) -> Path:
        """The path of an upload. Raises InputError if there is none of that number and kind."""
        upload = self._uploads.get(number) if isinstance(number, int) else None
        if upload is None or upload.kind != kind:
            raise InputError(f"no {kind} was dropped here under number {number}; drop it again")
        return upload.path


def kind_of_upload(name: str) -> str:
    """ "mesh" or "picture", by the name of a file. Raises InputError for another one."""
    suffix = Path(name).suffix.lower()
    if suffix in MESH_SUFFIXES:
        return "mesh"
    if suffix in IMAGE_EXTENSIONS:
        return "picture"
    known = ", ".join((*MESH_SUFFIXES, *IMAGE_EXTENSIONS[:6]))
    raise InputError(f"{name}: is neither a mesh nor a picture that can be dropped here; give one of {known}")


def _too_large(name: str, limit: int) -> TooLargeError:
    return TooLargeError(f"{name}: is larger than the {limit // 1_000_000} MB that the page takes; make it smaller")
