"""Meshes on disk by their content: the last ones, with no more bytes together than are allowed."""

from __future__ import annotations

import os
import shutil
from collections import Counter, OrderedDict
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.io import file_sha256
from camera_estimation.serve.problems import NOT_FOUND, RETRY_SECONDS, UNAVAILABLE, RequestError

SHA256_DIGITS = 64


@dataclass(frozen=True)
class ShelvedMesh:
    """A mesh that is kept. ``id`` is the SHA-256 of its file, ``path`` the file."""

    id: str
    path: Path
    size: int


class MeshShelf:
    """Keeps the meshes that were used last; those that a request waits with are not given away.

    Args:
        folder: Where they are, each in a folder of its id. What is there already is used on.
        most_bytes: Of all together.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self._meshes: OrderedDict[str, ShelvedMesh] = OrderedDict()
        self._unproven: set[str] = set()  # left by an earlier server, which may have been ended in the middle
        self._users: Counter[str] = Counter()
        for place in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime):
            self._find_left(place)
        self._make_room(0)

    def __len__(self) -> int:
        return len(self._meshes)

    @property
    def used_bytes(self) -> int:
        """Of all together."""
        return sum(mesh.size for mesh in self._meshes.values())

    def put(self, file: Path, number: str) -> ShelvedMesh:
        """Keep a mesh, and use it.

        Args:
            file: Is moved.
            number: The SHA-256 of its content.

        Raises:
            RequestError: There is no room, as others wait with theirs.
        """
        known = self._meshes.get(number)
        if known is not None and (known.path.suffix == file.suffix or self._users[number]):
            file.unlink()
            return self.use(number)
        self.drop(number)
        size = file.stat().st_size
        self._make_room(size)
        place = self.folder / number
        unfinished = self.folder / f".{number}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        os.replace(file, unfinished / file.name)
        os.replace(unfinished, place)
        self._meshes[number] = ShelvedMesh(number, place / file.name, size)
        return self.use(number)

    def use(self, number: str) -> ShelvedMesh:
        """The mesh of that id, kept until ``leave``. Raises RequestError where it is not here."""
        mesh = self.find(number)
        self._users[number] += 1
        return mesh

    def leave(self, number: str) -> None:
        """One user less."""
        self._users[number] -= 1
        if not self._users[number]:
            del self._users[number]

    def find(self, number: str) -> ShelvedMesh:
        """The mesh of that id. Raises RequestError where it is not here."""
        mesh = self._meshes.get(number)
        if mesh is not None and number in self._unproven:
            self._unproven.discard(number)
            if file_sha256(mesh.path) != number:
                self.drop(number)
                mesh = None
        if mesh is None:
            raise RequestError(
                NOT_FOUND, f"there is no mesh {number[:SHA256_DIGITS]} here any more; send the mesh itself"
            )
        self._meshes.move_to_end(number)
        return mesh

    def drop(self, number: str) -> None:
        """Forget one that nobody uses."""
        if self._users[number]:
            return
        if self._meshes.pop(number, None) is not None:
            shutil.rmtree(self.folder / number, ignore_errors=True)

    def _make_room(self, size: int) -> None:
        for number in list(self._meshes):
            if self.used_bytes + size <= self.most_bytes:
                return
            self.drop(number)
        if self.used_bytes + size > self.most_bytes:
            raise RequestError(
                UNAVAILABLE, "there is no room for another mesh until others are estimated", RETRY_SECONDS
            )

    def _find_left(self, place: Path) -> None:
        files = list(place.iterdir()) if place.is_dir() else []
        if len(place.name) == SHA256_DIGITS and len(files) == 1:
            self._meshes[place.name] = ShelvedMesh(place.name, files[0], files[0].stat().st_size)
            self._unproven.add(place.name)
        else:
            shutil.rmtree(place, ignore_errors=True)
