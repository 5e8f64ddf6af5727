"""Pictures and masks in folders of an export, under names that programs take apart at spaces."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import PosedImage
from camera_estimation.export.pictures import PICTURE_FOLDER, picture_file
from camera_estimation.io import write_error, write_through

MASK_FOLDER = "masks"
SAMPLE_MASK = "mask.png"  # in the folder of a finished sample


def place_picture(image: PosedImage, name: str, folder: Path, link: bool = False) -> Path:
    """Put an image's picture into the folder ``images`` of an export.

    Args:
        image: Whose picture.
        name: Of the file, without its ending.
        folder: Of the export.
        link: A symbolic link where the picture can be taken as it is, and not a copy.

    Returns:
        The file.

    Raises:
        InputError: It cannot be read or written; one line.
    """
    source = picture_file(replace(image, name=name), folder)
    target = folder / PICTURE_FOLDER / f"{name}{source.suffix}"
    _place_file(source, target, link)
    return target


def place_mask(image: PosedImage, picture: Path, folder: Path) -> list[Path]:
    """Put the mask that the run used into the folder ``masks`` of an export, under COLMAP's name for it
    (``photo.jpg.png``) and under nerfstudio's (``photo.png``).

    Args:
        image: Whose mask.
        picture: As ``place_picture`` placed it.
        folder: Of the export.

    Returns:
        The files; none where the run left no mask of the picture's size.
    """
    mask = None if image.sample_folder is None else image.sample_folder / SAMPLE_MASK
    if mask is None or not mask.is_file() or not _has_size(mask, (image.camera.width, image.camera.height)):
        return []
    targets = [folder / MASK_FOLDER / f"{name}.png" for name in (picture.name, picture.stem)]
    for target in targets:
        _place_file(mask, target, link=False)
    return targets


def _has_size(path: Path, size: tuple[int, int]) -> bool:
    try:
        with Image.open(path) as opened:
            return opened.size == size
    except OSError:
        return False


def _place_file(source: Path, target: Path, link: bool) -> None:
    source = source.resolve()
    try:
        if not target.is_symlink() and target.resolve() == source:
            return  # an export is written over the pictures that it is of
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if link:
            target.symlink_to(source)
        else:
            write_through(target, lambda place: shutil.copyfile(source, place))
    except OSError as error:
        if not link:
            raise write_error(target, error) from error
        raise InputError(f"{target}: cannot be written ({error.strerror or error}); use copies") from error
