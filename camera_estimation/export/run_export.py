"""A whole run in one format: what goes into one folder, and what into several."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from camera_estimation.errors import InputError, internal_error
from camera_estimation.export._name_list import list_names
from camera_estimation.export.exporter import Exporter, PosedImage

logger = logging.getLogger(__name__)


@dataclass
class ExportResult:
    """What was written of a run in one format, and what could not be.

    Attributes:
        files: That were written.
        cameras: How many were given to what was written.
        failures: A line for each image or mesh that could not be written, by what it is of; "" where that is all.
    """

    files: list[Path] = field(default_factory=list)
    cameras: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The failures, those of one reason together."""
        parts: dict[str, list[str]] = {}
        for part, reason in self.failures.items():
            parts.setdefault(reason, []).append(part)
        return "\n".join(_failure_line(names, reason) for reason, names in parts.items())


@dataclass(frozen=True)
class _Part:
    """Images that are written together, and where to; ``title`` tells them from the others."""

    title: str
    images: list[PosedImage]
    folder: Path


def export_parts(exporter: Exporter, images: Sequence[PosedImage], folder: Path) -> ExportResult:
    """Write images with an exporter, those in one folder that its files can hold together. What cannot be written,
    for whatever reason, costs nothing else; but a full or read-only disk ends it.

    Args:
        exporter: Of the format.
        images: At least one.
        folder: Of the format; single images get a folder of their name in it; meshes, if there are several, likewise.
    """
    result = ExportResult()
    for part in _parts(exporter, images, folder):
        try:
            result.files += exporter.write(part.images, part.folder)
        except InputError as error:
            result.failures[part.title] = str(error)
            if _concerns_all(error):
                result.failures[part.title] += "; no more of this format was tried"
                break
        except Exception as error:  # nobody meant it for people, and the other images are not to pay for it
            logger.debug("%s of %s", exporter.name, part.title, exc_info=True)
            result.failures[part.title] = internal_error(error)
        else:
            result.cameras += len(part.images)
    return result


def export_images(exporter: Exporter, images: Sequence[PosedImage], folder: Path) -> list[Path]:
    """Write images with an exporter; arguments are those of ``export_parts``.

    Returns:
        The files.

    Raises:
        InputError: A file cannot be written, or the format cannot hold some of these images; a line for each reason.
            What could be written is written.
    """
    result = export_parts(exporter, images, folder)
    if result.failures:
        raise InputError(str(result))
    return result.files


def _concerns_all(error: InputError) -> bool:
    """Whether nothing can be written to the output folder, so that a line for each image would say the same."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def _parts(exporter: Exporter, images: Sequence[PosedImage], folder: Path) -> Iterator[_Part]:
    if exporter.one_image:
        yield from (_Part(image.name, [image], folder / image.name) for image in images)
    elif exporter.one_mesh:
        yield from _parts_by_mesh(images, folder)
    else:
        yield _Part("", list(images), folder)


def _parts_by_mesh(images: Sequence[PosedImage], folder: Path) -> Iterator[_Part]:
    groups: dict[Path, list[PosedImage]] = {}
    for image in images:
        groups.setdefault(image.mesh_path, []).append(image)
    if len(groups) == 1:
        yield _Part("", list(images), folder)
        return
    names: dict[str, int] = {}
    for mesh_path, group in groups.items():
        number = names[mesh_path.stem] = names.get(mesh_path.stem, 0) + 1
        name = mesh_path.stem if number == 1 else f"{mesh_path.stem}_{number}"
        yield _Part(name, group, folder / name)


def _failure_line(parts: Sequence[str], reason: str) -> str:
    return f"{list_names(parts)}: {reason}" if parts != [""] else reason
