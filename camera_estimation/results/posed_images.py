"""The images of a run with their cameras, for programs that go on from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.export import PosedImage, RunContext
from camera_estimation.export.report import foremost_entries
from camera_estimation.io import input_path, read_json
from camera_estimation.results.plain_values import camera_of, lens_of
from camera_estimation.results.pose_file import poses_path
from camera_estimation.results.run_entries import LateEntry, RunEntries
from camera_estimation.results.run_places import sample_folder
from camera_estimation.results.run_record import RUN_NAME

if TYPE_CHECKING:
    from camera_estimation.geometry import Camera
    from camera_estimation.mesh import TexturedMesh

MESHES_KEPT = 3  # in memory: images of one mesh usually come together


def image_of_entry(
    entry: dict[str, Any], folder: Path | None, read_mesh: Callable[[], TexturedMesh], camera: Camera | None = None
) -> PosedImage:
    """A finished sample as exporters take it.

    Args:
        entry: What poses.json says of it.
        folder: Of its files; None: it has none.
        read_mesh: Gives its mesh.
        camera: As the entry has it, where that is at hand.
    """
    return PosedImage(
        name=entry["name"],
        image_path=input_path(entry["image"]),
        mesh_path=input_path(entry["mesh"]),
        camera=camera or camera_of(entry),
        read_mesh=read_mesh,
        lens=lens_of(entry),
        sample_folder=folder,
        entry=entry,
    )


def read_posed_images(path: Path) -> list[PosedImage]:
    """The finished samples of a run; what poses.json says of each is read when it is asked for.

    Args:
        path: Its folder, or a poses.json.

    Raises:
        InputError: It is no run, or has no finished sample.
    """
    entries = RunEntries(path)
    read_mesh = _mesh_reader()
    images = [
        replace(_image_in_run(entry, entries.path.parent, read_mesh), entry=LateEntry(entries, number))
        for number, entry in enumerate(entries)
        if entry["status"] == "ok"
    ]
    if not images:
        raise InputError(f"{entries.path}: has no finished sample; estimate some first")
    return images


def images_of_entries(entries: Iterable[Mapping[str, Any]], folder: Path) -> Iterator[PosedImage]:
    """The finished samples of a run as exporters take them, one after the other.

    Args:
        entries: What its poses.json says of them.
        folder: Of the run.
    """
    read_mesh = _mesh_reader()
    for entry in entries:
        if entry["status"] == "ok":
            yield _image_in_run(entry, folder, read_mesh)


def _image_in_run(entry: Mapping[str, Any], folder: Path, read_mesh: Callable[[Path], TexturedMesh]) -> PosedImage:
    return image_of_entry(
        dict(entry), sample_folder(folder, entry["name"]), partial(read_mesh, input_path(entry["mesh"]))
    )


def _mesh_reader() -> Callable[[Path], TexturedMesh]:
    """Keeps the last ones."""
    from camera_estimation.mesh import load_mesh

    return lru_cache(MESHES_KEPT)(load_mesh)


def read_run_context(path: Path, most: int | None = None) -> RunContext:
    """What is known of a run as a whole, of its failed samples too.

    Args:
        path: Its folder, or a poses.json.
        most: At most so many samples, the foremost ones. None: all, each read when it is asked for.

    Raises:
        InputError: It is no run.
    """
    file = poses_path(path)
    try:
        record = read_json(file.parent / RUN_NAME)
    except InputError:  # a poses.json that was copied away from its run tells of the cameras alone
        record = {}
    entries: Sequence[Mapping[str, Any]] = RunEntries(file)
    if most is not None:
        entries = foremost_entries(entries, most)
    return RunContext(file.parent, entries, record if isinstance(record, dict) else {})
