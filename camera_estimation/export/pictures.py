"""The pictures that exported cameras belong to, as files that every program opens."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import ExifTags, Image

from camera_estimation.export.exporter import PosedImage
from camera_estimation.images import read_upright
from camera_estimation.io import open_picture, split_frame_path, write_image

PICTURE_FOLDER = "images"
# As Pillow names them: what every program reads as we do, unless the file turns itself or brings colors of its own.
PLAIN_FORMATS = ("PNG", "JPEG")
UPRIGHT = 1  # of EXIF's orientations


def picture_file(image: PosedImage, folder: Path) -> Path:
    """The picture's own file if other programs show it as this one does, else a PNG copy of what this one shows.

    Frames of videos, rotated photographs (EXIF), wide colors and formats that few programs read are copied.

    Args:
        image: Whose picture.
        folder: Of the export; copies go to ``images`` in it.

    Raises:
        InputError: It cannot be read any more, or the copy cannot be written.
    """
    if _is_plain(image.image_path):
        return image.image_path
    path = folder / PICTURE_FOLDER / f"{image.name}.png"
    write_image(path, Image.fromarray(read_upright(image.image_path)))
    return path


def path_between(file: Path, folder: Path) -> str:
    """The path of a file from a folder, with slashes; whole where none leads there (another drive)."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:
        return file.resolve().as_posix()


def _is_plain(path: Path) -> bool:
    if split_frame_path(path) is not None:
        return False
    try:
        with open_picture(path) as opened:
            orientation = int(opened.getexif().get(ExifTags.Base.Orientation, UPRIGHT))
            return opened.format in PLAIN_FORMATS and orientation == UPRIGHT and not opened.info.get("icc_profile")
    except Exception:  # whatever Pillow raises: reading it tells what is wrong
        return False
