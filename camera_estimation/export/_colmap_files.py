"""The files of a sparse model, as COLMAP's documentation has them ("Output format"): text and binary, little endian."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from camera_estimation.export._colmap_model import MODEL_NUMBERS, ColmapModel
from camera_estimation.io import write_through

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
    texts = {"cameras": _camera_lines(model), "images": _image_lines(model), "points3D": _point_lines(model)}
    chunks = {"cameras": _camera_chunks(model), "images": _image_chunks(model), "points3D": _point_chunks(model)}
    for name, lines in texts.items():
        _write_parts(folder / f"{name}.txt", (f"{line}\n".encode() for line in lines))
    for name, parts in chunks.items():
        _write_parts(folder / f"{name}.bin", parts)
    return [folder / f"{name}{suffix}" for suffix in (".txt", ".bin") for name in texts]


def _write_parts(path: Path, parts: Iterable[bytes]) -> None:
    """One after the other, of which one is in memory."""

    def save(place: Path) -> None:
        with place.open("wb") as stream:
            stream.writelines(parts)

    write_through(path, save)


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
        yield _observation_line(*model.observations.of_image(number - 1))


def _observation_line(points: Int[np.ndarray, " M"], pixels: Float[np.ndarray, "M 2"]) -> str:
    values = np.column_stack([pixels, points])
    return " ".join(["%.5f %.5f %d"] * len(values)) % tuple(values.ravel().tolist())


def _point_lines(model: ColmapModel) -> Iterator[str]:
    yield "# 3D point list with one line of data per point:"
    yield "#   POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)"
    columns = zip(model.places.tolist(), model.colors.tolist(), model.observations.tracks(), strict=True)
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
        points, pixels = model.observations.of_image(number - 1)
        observations = np.empty(len(points), dtype=OBSERVATION)
        observations["x"], observations["y"] = pixels.T
        observations["point"] = points
        yield struct.pack("<Q", len(observations)) + observations.tobytes()


def _point_chunks(model: ColmapModel) -> Iterator[bytes]:
    yield struct.pack("<Q", len(model.places))
    columns = zip(model.places.tolist(), model.colors.tolist(), model.observations.tracks(), strict=True)
    for number, (place, color, track) in enumerate(columns, start=1):
        yield struct.pack("<Q3d3BdQ", number, *place, *color, EXACT, len(track)) + track.astype("<u4").tobytes()
