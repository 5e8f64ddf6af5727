"""The samples of a finished run, with their results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.configuration import Configuration, merge_settings
from camera_estimation.dataset import IMAGE_EXTENSIONS, ObjectMark, Sample, VideoFrame
from camera_estimation.errors import InputError
from camera_estimation.io import split_frame_path
from camera_estimation.mesh import mesh_suffixes
from camera_estimation.results import poses_path, read_entries, read_settings, sample_folder


@dataclass(frozen=True)
class RunSample:
    """A sample of a run: ``entry`` is what poses.json says of it, None where it failed, ``settings`` those
    that its result is from, None where they are not known."""

    sample: Sample
    entry: dict[str, Any] | None
    folder: Path
    settings: Configuration | None


def read_run_samples(run: Path) -> list[RunSample]:
    """All samples of a run, in its order.

    Args:
        run: Its folder, or the poses.json in it.

    Raises:
        InputError: It is none, or names files that are neither meshes nor pictures.
    """
    file = poses_path(run)
    return [_run_sample(entry, file) for entry in read_entries(file)]


def _run_sample(entry: dict[str, Any], file: Path) -> RunSample:
    mesh, image = Path(entry["mesh"]), Path(entry["image"])
    known = image.suffix.lower() in IMAGE_EXTENSIONS or split_frame_path(image) is not None
    if mesh.suffix.lower() not in mesh_suffixes() or not known:
        raise InputError(f"{file}: '{entry['name']}' names a file that is neither a mesh nor a picture; run it again")
    folder = sample_folder(file.parent, entry["name"])
    number, time = entry.get("frame"), entry.get("time_s")
    frame = None if number is None else VideoFrame(number, 0.0 if time is None else time)
    sample = Sample(entry["name"], mesh, image, _mark_of_values(entry.get("object")), frame=frame)
    finished = entry["status"] == "ok"
    return RunSample(sample, entry if finished else None, folder, _settings_of_result(folder) if finished else None)


def _mark_of_values(values: Any) -> ObjectMark:
    if not isinstance(values, dict):
        return ObjectMark()
    mask, box = values.get("mask"), values.get("box")
    left_to_bottom = None if not box else (box[0], box[1], box[2], box[3])
    return ObjectMark(Path(mask) if mask else None, values.get("instance") or "", left_to_bottom)


def _settings_of_result(folder: Path) -> Configuration | None:
    recorded = read_settings(folder)
    if recorded is None:
        return None
    try:
        return merge_settings(Configuration(), recorded[0])
    except InputError:  # of another version, which has settings that this one does not know
        return None
