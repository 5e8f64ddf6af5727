"""The images of a run with their cameras, for programs that go on from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.export import PosedImage, RunContext
from camera_estimation.io import input_path, read_json
from camera_estimation.results.plain_values import camera_of, lens_of
from camera_estimation.results.pose_file import poses_path, read_entries, stream_entries
from camera_estimation.results.run_places import sample_folder
from camera_estimation.results.run_record import RUN_NAME

if TYPE_CHECKING:
    from camera_estimation.geometry import Camera
    from camera_estimation.mesh import TexturedMesh

GOOD = "good"  # of verdicts: nothing speaks against the sample
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
    """The finished samples of a run.

    Args:
        path: Its folder, or a poses.json.

    Raises:
        InputError: It is no run, or has no finished sample.
    """
    file = poses_path(path)
    entries = [entry for entry in read_entries(file) if entry["status"] == "ok"]
    if not entries:
        raise InputError(f"{file}: has no finished sample; estimate some first")
    return list(images_of_entries(entries, file.parent))


def images_of_entries(entries: Iterable[Mapping[str, Any]], folder: Path) -> Iterator[PosedImage]:
    """The finished samples of a run as exporters take them, one after the other.

    Args:
        entries: What its poses.json says of them.
        folder: Of the run.
    """
    from camera_estimation.mesh import load_mesh

    read_mesh = lru_cache(MESHES_KEPT)(load_mesh)
    for entry in entries:
        if entry["status"] == "ok":
            place = sample_folder(folder, entry["name"])
            yield image_of_entry(dict(entry), place, partial(read_mesh, input_path(entry["mesh"])))


def read_run_context(path: Path, most: int | None = None) -> RunContext:
    """What is known of a run as a whole, of its failed samples too.

    Args:
        path: Its folder, or a poses.json.
        most: At most so many samples: before others those that failed or are not good. None: all.

    Raises:
        InputError: It is no run.
    """
    file = poses_path(path)
    try:
        record = read_json(file.parent / RUN_NAME)
    except InputError:  # a poses.json that was copied away from its run tells of the cameras alone
        record = {}
    entries = read_entries(file) if most is None else _read_foremost(file, most)
    return RunContext(file.parent, entries, record if isinstance(record, dict) else {})


def _read_foremost(file: Path, most: int) -> list[dict[str, Any]]:
    """Entries to look at first, in the order of the file, which is read twice so that no more are in memory."""
    good = [entry.get("verdict") == GOOD for entry in stream_entries(file)]
    if len(good) <= most:
        return read_entries(file)
    chosen = set(sorted(range(len(good)), key=lambda number: (good[number], number))[:most])
    return [entry for number, entry in enumerate(stream_entries(file)) if number in chosen]
