"""Reads what samples are estimated from, and packs it for workers on other machines."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from camera_estimation.batch import SELF_CONTAINED
from camera_estimation.commands.estimate.executors._sent_files import (
    FileVersion,
    SentFile,
    SentPiece,
    absolute_path,
    list_folders,
    move_work,
)
from camera_estimation.commands.estimate.work import EstimateWork
from camera_estimation.dataset import ImageSources, Sample
from camera_estimation.io import is_object, split_frame_path

STORED_FILES = 64  # common to several pieces, that are kept where workers fetch them
MESHES_LISTED = (".obj", ".gltf")  # of which the files that they name are known
OUTPUT = Path("output")  # of plans on their way: each worker has a folder of its own


class FileSender:
    """Packs pieces of work.

    Args:
        store: Puts a file's content where all workers can fetch it, and gives a reference.
        tell: Takes lines for the user.
        sends: Whether files are sent; else workers read them by their absolute paths.
    """

    def __init__(self, store: Callable[[bytes], Any], tell: Callable[[str], None], *, sends: bool) -> None:
        self._store, self._tell, self._sends = store, tell, sends
        self._stored: OrderedDict[FileVersion, Any] = OrderedDict()
        self._told: set[Path] = set()

    def pack(self, work: EstimateWork) -> SentPiece:
        """A piece with its files. One that cannot be read is left out: the worker tells what it lacks."""
        folders = {str(absolute_path(folder)): str(folder) for folder in list_folders(work.plan)}
        spellings = sorted(folders.items(), key=lambda each: -len(each[0]))
        moved = move_work(work, absolute_path, OUTPUT)
        if not self._sends:
            return SentPiece(moved, False, spellings=spellings)
        own, common = self._list_files(moved)
        stored = {version: reference for path in common for version, reference in self._put(path)}
        files = tuple(file for path in own for file in _read_whole(path))
        return SentPiece(moved, True, files, stored, spellings)

    def _list_files(self, work: EstimateWork) -> tuple[list[Path], list[Path]]:
        """Those of single samples, and those that several may have. What is in cloud storage workers read there."""
        own: dict[Path, None] = {}
        common: dict[Path, None] = {}
        plan = work.plan
        if plan.config.loss.file:
            common[Path(plan.config.loss.file)] = None
        for sample in plan.samples:
            common.update(dict.fromkeys(self._mesh_files(sample)))
            if _is_all_elsewhere(sample, plan.images):
                continue
            annotations = plan.images.annotations or sample.mark.mask_path
            for path in plan.images.files_of(sample, plan.config).values():
                frame = split_frame_path(path)
                file = path if frame is None else frame[0]
                shared = frame is not None or file == annotations or file == sample.mesh_path
                (common if shared else own)[file] = None
        return _keep_local(own), _keep_local(common)

    def _mesh_files(self, sample: Sample) -> Iterator[Path]:
        from camera_estimation.mesh import list_companions

        path = sample.mesh_path
        if is_object(path):
            return
        suffix = path.suffix.lower()
        yield path
        if suffix in MESHES_LISTED:
            yield from map(absolute_path, list_companions(path))
        elif suffix not in SELF_CONTAINED and path not in self._told:
            self._told.add(path)
            self._tell(f"{path}: is sent alone; for files that it may name use --ray_inputs shared, or a .glb")

    def _put(self, path: Path) -> Iterator[tuple[FileVersion, Any]]:
        """The reference to a file, which is read unless it was put there before."""
        version = _version(path)
        if version is None:
            return
        if version not in self._stored:
            for file in _read_whole(path):
                version = file.version
                self._stored[version] = self._store(file.content)
            if version not in self._stored:
                return
        self._stored.move_to_end(version)
        yield version, self._stored[version]
        while len(self._stored) > STORED_FILES:
            self._stored.popitem(last=False)  # whoever was sent it holds it still


def _keep_local(files: Iterable[Path]) -> list[Path]:
    return [path for path in files if not is_object(path)]


def _is_all_elsewhere(sample: Sample, images: ImageSources) -> bool:
    """Whether no file of this machine belongs to an image, so that storage need not be asked for its masks here."""
    named = [sample.image_path, sample.mark.mask_path, images.masks_dir, images.keypoints_dir, images.depth_dir]
    return all(path is None or is_object(path) for path in named)


def _version(path: Path) -> FileVersion | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return str(path), state.st_size, state.st_mtime_ns


def _read_whole(path: Path) -> Iterator[SentFile]:
    version = _version(path)
    if version is None:
        return
    try:
        yield SentFile(version, path.read_bytes())
    except OSError:
        return
