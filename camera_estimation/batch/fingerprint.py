"""What a result was made from, so that a later run can tell which results are of other inputs or settings."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from camera_estimation.configuration import Configuration
from camera_estimation.dataset import ImageSources, KnownCamera, KnownIntrinsics, Sample
from camera_estimation.errors import InputError
from camera_estimation.io import file_sha256, is_object, require_object, split_frame_path
from camera_estimation.results import InitialPoses

DIGEST_LENGTH = 16  # hexadecimal digits of SHA-256
FILES_KEPT = 256  # of which the checksum is known until they change: meshes and tables that many samples share
SELF_CONTAINED = (".glb", ".ply", ".stl", ".off", ".3mf", ".usdz")  # meshes that name no other files
MESH, SETTINGS, LOSS_FILE, INTRINSICS, START = "mesh", "settings", "loss file", "intrinsics", "start"
PACKAGE = Path(__file__).parent.parent
# Settings that no pose depends on.
INDIFFERENT = {"device": None, "batch": None, "pictures": None, "limits": None, "execution": None}
# Checksum (of an object in cloud storage: of its version), bytes, and nanoseconds of the last change.
FileStamp = list[Any]
Fingerprint = dict[str, Any]  # by what it is of, in words: a stamp of a file, or the checksum of values


class InputFingerprints:
    """Fingerprints of the samples of one run.

    Args:
        config: The settings, of which those count that differ from the default: so a new version with more settings
            makes no result out of date.
        images: What is known of images.
        intrinsics: Of their cameras.
        initial: The poses to start from.
        mode: What else the command line says of how samples are estimated, by name.
    """

    def __init__(
        self,
        config: Configuration,
        images: ImageSources,
        intrinsics: KnownIntrinsics,
        initial: InitialPoses | None = None,
        mode: Mapping[str, Any] | None = None,
    ) -> None:
        self._config, self._images, self._intrinsics, self._initial = config, images, intrinsics, initial
        self._mode = dict(mode or {})

    def take(self, sample: Sample) -> Fingerprint:
        """Of the inputs as they are now; of a file that cannot be read nothing: who loads it tells why."""
        return {**_stamp_files(self._files_of(sample)), **self._values_of(sample)}

    def take_mesh(self, path: Path) -> Fingerprint:
        """Of a mesh file alone, and of those that it names."""
        return _stamp_files({MESH: path, **_companions_of(path)})

    def changes(self, sample: Sample, recorded: Fingerprint) -> list[str]:
        """What has changed since a result was recorded, in words. Files that have the size and time that they had are
        not read; one that is gone has not changed, for nothing can be estimated anew without it."""
        files, values = self._files_of(sample), self._values_of(sample)
        changed = [kind for kind, path in files.items() if _differs(path, recorded.get(kind))]
        changed += [kind for kind, value in values.items() if recorded.get(kind) != value]
        return changed + [kind for kind in recorded if kind not in files and kind not in values]

    def _files_of(self, sample: Sample) -> dict[str, Path]:
        files = self._images.files_of(sample, self._config)
        return {**files, **_companions_of(sample.mesh_path), **self._common_files}

    @cached_property
    def _common_files(self) -> dict[str, Path]:
        source = self._config.loss.file or _source_of_plugin(self._config.loss.name)
        return {} if source is None else {LOSS_FILE: Path(source)}

    def _values_of(self, sample: Sample) -> dict[str, str]:
        values: dict[str, Any] = dict(self._images.values_of(sample))
        values[INTRINSICS] = sample.intrinsics or _values_of_camera(self._intrinsics.of(sample.image_path))
        values[START] = self._start_of(sample)
        told = {kind: _digest(repr(value)) for kind, value in values.items() if value}
        return {**told, SETTINGS: self._settings}

    def _start_of(self, sample: Sample) -> Any:
        """The pose that a sample is to start from."""
        pose = None if self._initial is None else self._initial.of(sample)
        return None if pose is None else (pose.world_to_camera.tolist(), _values_of_camera(pose.known))

    @cached_property
    def _settings(self) -> str:
        tree = differing_settings(self._config)
        mode = {name: value for name, value in self._mode.items() if value}
        return _digest(json.dumps([tree, mode], sort_keys=True))


def differing_settings(config: Configuration) -> dict[str, Any]:
    """The settings that poses depend on and that are not the default ones."""
    tree = without_indifferent(config.to_dict())
    tree["loss"] = {**tree["loss"], "file": None}  # whose content counts, not its name
    return _subtract_settings(tree, without_indifferent(Configuration().to_dict()))


def without_indifferent(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with None for those that no pose depends on.

    Args:
        settings: As ``Configuration.to_dict`` gives them, or as a file of an earlier version has them.
    """
    return {**settings, **INDIFFERENT, "search": {**settings.get("search", {}), "cache": None}}


def stamp_file(path: Path) -> FileStamp:
    """A file's checksum with what tells that it need not be read again. Raises InputError if it cannot be read."""
    state = _state_of(path)
    if is_object(path):  # whose time is in whole seconds, and whose version is known without reading it
        return [_digest(require_object(str(path)).version), *state]
    return [_digest_of_version(path, *state), *state]


def _stamp_files(files: Mapping[str, Path]) -> Fingerprint:
    """Of those that can be read."""
    stamps: Fingerprint = {}
    for kind, path in files.items():
        with suppress(InputError):
            stamps[kind] = stamp_file(path)
    return stamps


def _companions_of(mesh_path: Path) -> dict[str, Path]:
    """The files that a mesh names, by what they are."""
    if mesh_path.suffix.lower() in SELF_CONTAINED:
        return {}
    try:
        found = _list_companions(mesh_path, *_state_of(mesh_path))
    except InputError:
        return {}
    return {f"mesh file {_name_beside(path, mesh_path)}": path for path in found}


def _name_beside(path: Path, mesh_path: Path) -> str:
    if is_object(path):
        return path.relative_to(mesh_path.parent).as_posix()
    return os.path.relpath(path, mesh_path.parent)


@lru_cache(FILES_KEPT)
def _list_companions(path: Path, size: int, modified: int) -> tuple[Path, ...]:
    from camera_estimation.mesh import list_companions

    return list_companions(path)


def _differs(path: Path, recorded: Any) -> bool:
    if not isinstance(recorded, list) or len(recorded) != 3:
        return True
    try:
        state = _state_of(path)
        if state == tuple(recorded[1:]) and not is_object(path):
            return False
        return state[0] != recorded[1] or stamp_file(path)[0] != recorded[0]
    except InputError:
        return False


def _state_of(path: Path) -> tuple[int, int]:
    """Bytes and nanoseconds of the last change; of a frame those of its video."""
    place = split_frame_path(path)
    file = path if place is None else place[0]
    try:
        state = file.stat()
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path") from error
    return state.st_size, state.st_mtime_ns


@lru_cache(FILES_KEPT)
def _digest_of_version(path: Path, size: int, modified: int) -> str:
    return file_sha256(path)[:DIGEST_LENGTH]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:DIGEST_LENGTH]


def _subtract_settings(tree: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    differing: dict[str, Any] = {}
    for key, value in tree.items():
        usual = default.get(key)
        if isinstance(value, dict) and isinstance(usual, dict):
            value = _subtract_settings(value, usual)
            if value:
                differing[key] = value
        elif value != usual:
            differing[key] = value
    return differing


def _source_of_plugin(name: str) -> Path | None:
    """The file of an objective of another package."""
    from camera_estimation.losses import loss_registry

    cls = loss_registry.classes().get(name)
    try:
        source = None if cls is None else inspect.getsourcefile(cls)
    except TypeError:  # made in no file
        return None
    return None if source is None or PACKAGE in Path(source).parents or not Path(source).is_file() else Path(source)


def _values_of_camera(known: KnownCamera | None) -> Any:
    return None if known is None else (known.intrinsics, known.distortion, known.size)
