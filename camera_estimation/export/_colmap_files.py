"""The files of a sparse model, as COLMAP's documentation has them ("Output format"): text and binary, little endian."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from camera_estimation.export._colmap_model import MODEL_NUMBERS, ColmapImage, ColmapModel
from camera_estimation.io import write_bytes, write_text

EXACT = 0.0  # the error of every point, in pixels: observations are projections
OBSERVATION = np.dtype([("x", "<f8"), ("y", "<f8"), ("point", "<i8")])


def write_model(model: ColmapModel, folder: Path) -> list[Path]:
    """cameras, images and points3D, as .txt and as .bin.

    Args:
        model: All of it.
        folder: Where they go.

    Returns:
        The files.

    Raises:
        InputError: One cannot be written.
    """
    tracks = model.tracks()
    texts = {
        "cameras": _camera_lines(model),
        "images": _image_lines(model),
        "points3D": _point_lines(model, tracks),
    }
    chunks = {
        "cameras": _camera_chunks(model),
        "images": _image_chunks(model),
        "points3D": _point_chunks(model, tracks),
    }
    for name, lines in texts.items():
        write_text(folder / f"{name}.txt", "".join(f"{line}\n" for line in lines))
    for name, parts in chunks.items():
        write_bytes(folder / f"{name}.bin", b"".join(parts))
    return [folder / f"{name}{suffix}" for suffix in (".txt", ".bin") for name in texts]


def _camera_lines(model: ColmapModel) -> Iterator[str]:
    yield "# Camera list with one line of data per camera:"
    yield "#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]"
    for number, camera in enumerate(model.cameras, start=1):
        yield " ".join(map(str, (number, camera.model, camera.width, camera.height, *camera.parameters)))


def _image_lines(model: ColmapModel) -> Iterator[str]:
    yield "# Image list with two lines of data per image:"
    yield "#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME"
    yield "#   POINTS2D[] as (X, Y, POINT3D_ID)"
    for number, image in enumerate(model.images, start=1):
        yield " ".join(map(str, (number, *image.quaternion, *image.translation, image.camera, image.name)))
        yield _observation_line(image)


def _observation_line(image: ColmapImage) -> str:
    values = np.column_stack([image.pixels, image.points])
    return " ".join(["%.5f %.5f %d"] * len(values)) % tuple(values.ravel().tolist())


def _point_lines(model: ColmapModel, tracks: list[np.ndarray]) -> Iterator[str]:
    yield "# 3D point list with one line of data per point:"
    yield "#   POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)"
    columns = zip(model.places.tolist(), model.colors.tolist(), tracks, strict=True)
    for number, (place, color, track) in enumerate(columns, start=1):
        yield " ".join(map(str, (number, *place, *color, EXACT, *track.ravel().tolist())))


def _camera_chunks(model: ColmapModel) -> Iterator[bytes]:
    yield struct.pack("<Q", len(model.cameras))
    for number, camera in enumerate(model.cameras, start=1):
        yield struct.pack("<IiQQ", number, MODEL_NUMBERS[camera.model], camera.width, camera.height)
        yield struct.pack(f"<{len(camera.parameters)}d", *camera.parameters)


def _image_chunks(model: ColmapModel) -> Iterator[bytes]:
    yield struct.pack("<Q", len(model.images))
    for number, image in enumerate(model.images, start=1):
        yield struct.pack("<I7dI", number, *image.quaternion, *image.translation, image.camera)
        yield image.name.encode() + b"\0"
        observations = np.empty(len(image.points), dtype=OBSERVATION)
        observations["x"], observations["y"] = image.pixels.T
        observations["point"] = image.points
        yield struct.pack("<Q", len(observations)) + observations.tobytes()


def _point_chunks(model: ColmapModel, tracks: list[np.ndarray]) -> Iterator[bytes]:
    yield struct.pack("<Q", len(model.places))
    columns = zip(model.places.tolist(), model.colors.tolist(), tracks, strict=True)
    for number, (place, color, track) in enumerate(columns, start=1):
        yield struct.pack("<Q3d3BdQ", number, *place, *color, EXACT, len(track)) + track.astype("<u4").tobytes()
