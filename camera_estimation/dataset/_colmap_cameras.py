"""COLMAP's cameras: cameras.txt with images.txt, or the same as .bin.

Their forms are in COLMAP's documentation ("Output format"). Its first pixel's centre is at (0.5, 0.5), as here.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.dataset._camera_models import COLMAP_MODELS, COLMAP_NUMBERS, colmap_parameters
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics, check_intrinsics, check_size
from camera_estimation.errors import InputError
from camera_estimation.io import read_content, read_table

CAMERAS, IMAGES = "cameras", "images"
EXPORT = "export the model again"
IMAGE_WORDS = 10  # id, quaternion, translation, camera, name
POINT_BYTES = 24  # of an image's point in images.bin
LEAST_LENGTH = 1e-6  # of a quaternion


@dataclass(frozen=True)
class ColmapPose:
    """An image of a model.

    Args:
        name: Relative to the folder of its images.
        quaternion: World to camera, w first; of any length.
        translation: World to camera.
        camera: Its intrinsics.
        where: The file and the place in it, which begins messages.
    """

    name: str
    quaternion: tuple[float, ...]
    translation: tuple[float, ...]
    camera: KnownCamera
    where: str


@dataclass(frozen=True)
class _ImageRecord:
    name: str
    pose: tuple[float, ...]
    camera: int


def load_colmap(path: Path) -> KnownIntrinsics:
    """The cameras of a model, by the names of its images if images.txt or images.bin is beside it.

    Args:
        path: cameras.txt or cameras.bin.

    Raises:
        InputError: It cannot be used, or has several cameras and nothing says of which images; one line.
    """
    binary = path.suffix == ".bin"
    cameras = dict(_binary_cameras(path) if binary else _text_cameras(path))
    if not cameras:
        raise InputError(f"{path}: has no cameras; {EXPORT}")
    images = path.with_name(f"{IMAGES}{path.suffix}")
    if images.is_file():
        return KnownIntrinsics(_cameras_of_images(images, cameras))
    if len(cameras) > 1:
        raise InputError(f"{path}: has {len(cameras)} cameras, and no {images.name} beside it says of which images")
    return KnownIntrinsics(for_all=next(iter(cameras.values())))


def read_colmap_poses(path: Path) -> list[ColmapPose]:
    """The images of a model with their poses.

    Args:
        path: images.txt or images.bin, with cameras.txt or cameras.bin beside it.

    Raises:
        InputError: It cannot be used; one line.
    """
    cameras_path = path.with_name(f"{CAMERAS}{path.suffix}")
    cameras = dict(_binary_cameras(cameras_path) if path.suffix == ".bin" else _text_cameras(cameras_path))
    found = []
    for record in _records(path):
        where = f"{path}: image '{record.name}'"
        quaternion, translation = record.pose[:4], record.pose[4:]
        if not all(map(math.isfinite, record.pose)) or math.hypot(*quaternion) < LEAST_LENGTH:
            raise InputError(f"{where} has no rotation and translation of finite numbers; {EXPORT}")
        found.append(ColmapPose(record.name, quaternion, translation, _camera_of(record, cameras, path), where))
    return found


def _cameras_of_images(path: Path, cameras: dict[int, KnownCamera]) -> dict[str, KnownCamera]:
    found = {record.name: _camera_of(record, cameras, path) for record in _records(path)}
    if not found:
        raise InputError(f"{path}: names no images; {EXPORT}")
    return found


def _camera_of(record: _ImageRecord, cameras: dict[int, KnownCamera], path: Path) -> KnownCamera:
    if record.camera not in cameras:
        raise InputError(f"{path}: image '{record.name}' has camera {record.camera}, which is not beside it; {EXPORT}")
    return cameras[record.camera]


def _records(path: Path) -> Iterator[_ImageRecord]:
    return _binary_images(path) if path.suffix == ".bin" else _text_images(path)


def _text_cameras(path: Path) -> Iterator[tuple[int, KnownCamera]]:
    for number, line in _read_lines(path):
        words = line.split()
        try:
            identity, (width, height) = int(words[0]), (int(word) for word in words[2:4])
            values = [float(word) for word in words[4:]]
            model = words[1]
        except (ValueError, IndexError):
            raise InputError(
                f"{path}: line {number} is no camera of COLMAP (number, model, width, height, parameters); {EXPORT}"
            ) from None
        yield identity, _make_camera(model, width, height, values, f"{path}: camera {identity}")


def _text_images(path: Path) -> Iterator[_ImageRecord]:
    """The first of two lines an image, of which the second may be empty."""
    for number, line in list(_read_lines(path, keep_empty=True))[::2]:
        words = line.split(maxsplit=IMAGE_WORDS - 1)
        if not words:
            continue
        try:
            yield _ImageRecord(words[9], tuple(float(word) for word in words[1:8]), int(words[8]))
        except (ValueError, IndexError):
            raise InputError(f"{path}: line {number} is no image of COLMAP; {EXPORT}") from None


def _read_lines(path: Path, keep_empty: bool = False) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(read_table(path, "cameras").splitlines(), start=1):
        if not line.startswith("#") and (keep_empty or line.strip()):
            yield number, line


def _binary_cameras(path: Path) -> Iterator[tuple[int, KnownCamera]]:
    reader = _BinaryReader(path)
    (count,) = reader.read("<Q")
    for _ in range(count):
        identity, number, width, height = reader.read("<IiQQ")
        where = f"{path}: camera {identity}"
        model = COLMAP_NUMBERS.get(number, f"number {number}")
        if model not in COLMAP_MODELS:
            colmap_parameters(model, (), where)  # says that it is not known
        _, focal, names = COLMAP_MODELS[model]
        values = reader.read(f"<{len(focal.split()) + 2 + len(names)}d")
        yield identity, _make_camera(model, width, height, list(values), where)


def _binary_images(path: Path) -> Iterator[_ImageRecord]:
    reader = _BinaryReader(path)
    (count,) = reader.read("<Q")
    for _ in range(count):
        _, *pose, number = reader.read("<I7dI")
        name = reader.read_text()
        (points,) = reader.read("<Q")
        reader.skip(points * POINT_BYTES)
        yield _ImageRecord(name, tuple(pose), number)


def _make_camera(model: str, width: int, height: int, values: list[float], where: str) -> KnownCamera:
    numbers, distortion = colmap_parameters(model, values, where)
    return KnownCamera(check_intrinsics(numbers, where), distortion, check_size(width, height, where), where)


class _BinaryReader:
    """Reads a file's values one after the other. Raises InputError where it ends too early."""

    def __init__(self, path: Path) -> None:
        self.path, self.place = path, 0
        try:
            self.data = read_content(path, "table_megabytes")
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error

    def read(self, form: str) -> tuple:
        start = self.place
        self.skip(struct.calcsize(form))
        return struct.unpack_from(form, self.data, start)

    def read_text(self) -> str:
        """Up to the zero that ends it."""
        end = self.data.find(b"\0", self.place)
        start = self.place
        self.skip(end + 1 - start if end >= 0 else len(self.data))
        return self.data[start:end].decode("utf-8", errors="replace")

    def skip(self, count: int) -> None:
        self.place += count
        if self.place > len(self.data):
            raise InputError(f"{self.path}: ends too early, or is no binary file of COLMAP; {EXPORT}")
