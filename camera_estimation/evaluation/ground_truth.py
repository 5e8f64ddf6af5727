"""True cameras: a folder of JSON files, a CSV of pairs that names them, the poses of another run, or the cameras of
another program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from camera_estimation.dataset import KnownCamera, mark_of_row
from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera
from camera_estimation.io import input_path, read_json, read_table, table_records
from camera_estimation.results import PoseIndex, RunEntries, holds_run, parse_camera, read_file_poses

NAMES = ("fx", "fy", "cx", "cy")
CAMERA_KEYS = (*NAMES, "width", "height", "world_to_camera", "distortion")  # of entries
# Gives the true camera of an entry of poses.json, or None where there is none.
GroundTruth = Callable[[dict[str, Any]], Camera | None]


@dataclass(frozen=True)
class _Record:
    """Which mesh, image (resolved) and object in it a truth is about, where it stands, and how it is read."""

    mesh: Path
    image: Path
    mark: dict[str, Any] | None
    where: str
    read: Callable[[], Any]


class _RecordIndex:
    """Truths by their images, so that one is found at once among very many."""

    def __init__(self, records: Iterable[_Record]) -> None:
        self._by_path: dict[Path, list[_Record]] = {}
        self._by_name: dict[str, list[_Record]] = {}
        for record in records:
            self._by_path.setdefault(record.image, []).append(record)
            self._by_name.setdefault(record.image.name, []).append(record)

    def of_image(self, image: Path) -> list[_Record]:
        """Those of the file; if there are none, those of files of its name."""
        return self._by_path.get(image.resolve()) or self._by_name.get(image.name) or []


def load_ground_truth(path: Path) -> GroundTruth:
    """True cameras by the entries of poses.json that they belong to.

    Args:
        path: A folder with NAME.json for the image NAME.png, a CSV with the columns mesh, image and gt (paths relative
            to the file), a poses.json or the folder with one, or what a pose reader recognizes.

    Returns:
        A function that gives the true camera of an entry, or None where there is none. It raises InputError for a truth
        that cannot be used.

    Raises:
        InputError: ``path`` is none of them.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check --ground_truth")
    poses = None if holds_run(path) else read_file_poses(path)
    if poses is not None:
        index = PoseIndex(poses)
        return lambda entry: _in_index(index, entry)
    if path.is_dir() and not holds_run(path):
        if not any(path.glob("*.json")):
            raise InputError(f"{path}: holds no JSON files; give the folder with one NAME.json for each image")
        return lambda entry: _in_folder(path, entry)
    records = _RecordIndex(_csv_records(path) if path.suffix.lower() == ".csv" else _pose_records(path))
    return lambda entry: _in_records(records, entry, path)


def _in_folder(folder: Path, entry: dict[str, Any]) -> Camera | None:
    names = (entry["name"], Path(entry["image"]).stem)
    path = next((path for name in names if (path := folder / f"{name}.json").is_file()), folder / f"{names[1]}.json")
    return _require_same_size(parse_camera(read_json(path), str(path)), entry, str(path)) if path.is_file() else None


def _in_index(index: PoseIndex, entry: dict[str, Any]) -> Camera | None:
    """With the entry's own intrinsics where the file has none: errors in pixels are those of the pose, then."""
    pose = index.find(entry["name"], input_path(entry["image"]), input_path(entry["mesh"]), entry.get("time_s"))
    if pose is None:
        return None
    if entry["status"] != "ok":  # only whether there is a truth counts, and its pose
        return pose.camera(*(pose.size or (1, 1)))
    size = entry["width"], entry["height"]
    if pose.known is None:
        fx, fy, cx, cy = (entry[key] for key in NAMES)
        pose = replace(pose, known=KnownCamera((fx, fy, cx, cy), size=size, where=pose.where))
    return _require_same_size(pose.camera(*(pose.size or size)), entry, pose.where)


def _in_records(records: _RecordIndex, entry: dict[str, Any], path: Path) -> Camera | None:
    """That of the same image file; if there is none, of an image of the same name; with the same mesh, if several, and
    of the same object, if there are several still."""
    mesh, image = input_path(entry["mesh"]), input_path(entry["image"])
    found = records.of_image(image)
    if len(found) > 1:
        found = [record for record in found if record.mesh.name == mesh.name] or found
    if len(found) > 1:
        found = [record for record in found if _same_object(record.mark, entry.get("object"))] or found
    if not found:
        return None
    cameras = [_require_same_size(parse_camera(record.read(), record.where), entry, record.where) for record in found]
    if any((camera.world_to_camera != cameras[0].world_to_camera).any() for camera in cameras):
        raise InputError(f"{path}: has several true cameras for {image.name} with {mesh.name}; leave one of them")
    return cameras[0]


def _same_object(first: dict[str, Any] | None, second: dict[str, Any] | None) -> bool:
    """Whether two marks are of the same object of an image, wherever their files are."""
    if first is None or second is None:
        return first is second
    names = [Path(mark["mask"]).name if mark.get("mask") else None for mark in (first, second)]
    return names[0] == names[1] and all(first.get(key) == second.get(key) for key in ("instance", "box"))


def _require_same_size(camera: Camera, entry: dict[str, Any], where: str) -> Camera:
    """The camera itself. Raises InputError if it is not of the entry's image: its pixels would be other pixels."""
    width, height = entry.get("width"), entry.get("height")
    if entry["status"] == "ok" and (camera.width, camera.height) != (width, height):
        raise InputError(
            f"{where}: is for an image of {camera.width} x {camera.height} pixels, {Path(entry['image']).name} has "
            f"{width} x {height}; give the ground truth of the images that were used"
        )
    return camera


def _csv_records(path: Path) -> list[_Record]:
    columns, records = table_records(read_table(path, "pairs"), path)
    rows = list(records)
    missing = [column for column in ("mesh", "image", "gt") if column not in columns]
    if missing:
        raise InputError(f"{path}: has no column {' and no column '.join(missing)}; name them in its first line")
    named = [row for row in rows if row["mesh"] and row["image"] and row["gt"]]
    return [
        _Record(
            input_path(row["mesh"]),
            input_path(row["image"], path.parent).resolve(),
            mark_of_row(row, path, number).values(),
            str(truth),
            partial(read_json, truth),
        )
        for number, row in enumerate(named, start=1)
        if (truth := input_path(row["gt"], path.parent)).is_file()
    ]


def _pose_records(path: Path) -> Iterator[_Record]:
    for entry in RunEntries(path):
        if entry["status"] == "ok":
            yield _Record(
                input_path(entry["mesh"]),
                input_path(entry["image"]).resolve(),
                entry.get("object"),
                f"{path}: '{entry['name']}'",
                partial(dict, {key: entry[key] for key in CAMERA_KEYS if key in entry}),
            )
