"""The folder of a worker on another machine: inputs that were sent, and results until they are sent back."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from camera_estimation.commands.estimate.executors._passing_folder import PassingFolder
from camera_estimation.commands.estimate.executors._sent_files import (
    FileVersion,
    SentPiece,
    move_work,
    spell_paths,
    spellings_in_json,
)
from camera_estimation.commands.estimate.work import EstimateWork
from camera_estimation.errors import InputError
from camera_estimation.io import is_object, lock_folder

PREFIX = "camera-estimate-ray-"
MOST_COMMON_BYTES = 2**31  # of meshes and the like that stay for the next pieces
ABANDONED_SECONDS = 60.0  # after which a folder that nobody has locked is one that a killed worker has left
SPELLED_SUFFIXES = (".json", ".jsonl", ".toml", ".csv", ".txt", ".html")  # of results that may name inputs


class WorkerFiles:
    """A temporary folder, which is taken away by ``remove``, or when the worker is killed; what those have left whose
    machine was lost is taken away at first."""

    def __init__(self) -> None:
        _remove_abandoned(Path(tempfile.gettempdir()))
        self._folder = PassingFolder(PREFIX)
        self.root = self._folder.path
        self._held = ExitStack()
        self._held.enter_context(lock_folder(self.root))
        self.inputs, self.output = self.root / "inputs", self.root / "output"
        self._common: OrderedDict[FileVersion, Path] = OrderedDict()
        self._own: list[Path] = []

    def receive(self, piece: SentPiece, fetch: Callable[[Sequence[Any]], Sequence[bytes]]) -> EstimateWork:
        """Put the files of a piece where its work, which is returned, has them.

        Args:
            piece: That was sent.
            fetch: Gets contents by their references.
        """
        if not piece.relocates:
            return move_work(piece.work, lambda path: path, self.output)
        lacking = [version for version in piece.common if version not in self._common]
        for version, content in zip(lacking, fetch([piece.common[version] for version in lacking]), strict=True):
            self._write_common(version, content)
        for version in piece.common:
            self._common.move_to_end(version)
        self._drop_common(len(piece.common))
        for file in piece.own:
            self._own.append(self._write(file.version, file.content))
        images = piece.work.plan.images
        for named in (images.masks_dir, images.keypoints_dir, images.depth_dir):
            if named is None or is_object(named):
                continue
            if not (place := self._place(named)).exists():  # it has nothing for these samples
                place.mkdir(parents=True)
        return move_work(piece.work, self._place, self.output)

    def take_results(self, piece: SentPiece) -> list[tuple[str, bytes]]:
        """All files that were written since the last time, by their paths in the output folder."""
        spellings = spellings_in_json(self.spellings(piece))
        files = []
        for path in sorted(path for path in self.output.rglob("*") if path.is_file()):
            content = path.read_bytes()
            if path.suffix in SPELLED_SUFFIXES:
                content = spell_paths(content.decode("utf-8"), spellings).encode("utf-8")
            files.append((path.relative_to(self.output).as_posix(), content))
        shutil.rmtree(self.output, ignore_errors=True)
        return files

    def spellings(self, piece: SentPiece) -> list[tuple[str, str]]:
        """How paths of this folder are to be told, the longest first."""
        if not piece.relocates:
            return list(piece.spellings)
        moved = [(str(self._place(Path(place))), written) for place, written in piece.spellings]
        return [*moved, (str(self.inputs), "")]

    def forget_own(self) -> None:
        """The files of single samples are not needed any more."""
        for path in self._own:
            path.unlink(missing_ok=True)
        self._own.clear()

    def remove(self) -> None:
        """Take the folder away."""
        self._held.close()
        self._folder.remove()

    def _place(self, path: Path) -> Path:
        """Of an input; objects of cloud storage are read from there."""
        return path if is_object(path) else self.inputs / path.relative_to(path.anchor)

    def _write_common(self, version: FileVersion, content: bytes) -> None:
        for other in [known for known in self._common if known[0] == version[0]]:
            del self._common[other]  # it has changed
        self._common[version] = self._write(version, content)

    def _write(self, version: FileVersion, content: bytes) -> Path:
        """With the time that it has where it is from: by it a later run tells that nothing has changed."""
        path = self._place(Path(version[0]))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(version[2], version[2]))
        return path

    def _drop_common(self, needed: int) -> None:
        while len(self._common) > needed and sum(version[1] for version in self._common) > MOST_COMMON_BYTES:
            _, path = self._common.popitem(last=False)
            path.unlink(missing_ok=True)


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError, InputError):  # somebody's who is at work
            if time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
                with lock_folder(folder):
                    pass
                shutil.rmtree(folder, ignore_errors=True)
