"""A whole run in one format: what goes into one folder, and what into several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from camera_estimation.export.exporter import Exporter, PosedImage


def export_images(exporter: Exporter, images: Sequence[PosedImage], folder: Path) -> list[Path]:
    """Write images with an exporter, those in one folder that its files can hold together.

    Args:
        exporter: Of the format.
        images: At least one.
        folder: Of the format; single images get a folder of their name in it; meshes, if there are several, likewise.

    Returns:
        The files.

    Raises:
        InputError: A file cannot be written, or the format cannot hold these images; one line.
    """
    return [path for part, place in _parts(exporter, images, folder) for path in exporter.write(part, place)]


def _parts(exporter: Exporter, images: Sequence[PosedImage], folder: Path) -> Iterator[tuple[list[PosedImage], Path]]:
    if exporter.one_image:
        yield from (([image], folder / image.name) for image in images)
    elif exporter.one_mesh:
        yield from _parts_by_mesh(images, folder)
    else:
        yield list(images), folder


def _parts_by_mesh(images: Sequence[PosedImage], folder: Path) -> Iterator[tuple[list[PosedImage], Path]]:
    groups: dict[Path, list[PosedImage]] = {}
    for image in images:
        groups.setdefault(image.mesh_path, []).append(image)
    if len(groups) == 1:
        yield list(images), folder
        return
    names: dict[str, int] = {}
    for mesh_path, group in groups.items():
        number = names[mesh_path.stem] = names.get(mesh_path.stem, 0) + 1
        yield group, folder / (mesh_path.stem if number == 1 else f"{mesh_path.stem}_{number}")
