"""The pictures that exported cameras belong to, as files that every program opens."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Sequence
from pathlib import Path

from PIL import ExifTags, Image

from camera_estimation.export.exporter import PosedImage
from camera_estimation.images import read_upright
from camera_estimation.io import is_object, open_picture, split_frame_path, write_bytes, write_image
from camera_estimation.segmentation import has_lossy_format

PICTURE_FOLDER = "images"
# As Pillow names them: what every program reads as we do, unless the file turns itself or brings colors of its own.
PLAIN_FORMATS = ("PNG", "JPEG")
JPEG_QUALITY = 95  # of copies of what was compressed with losses: PNG takes twenty times as long
MAYBE_LOSSLESS = (".webp", ".avif", ".jp2")
OPAQUE = 255  # alpha
UPRIGHT = 1  # of EXIF's orientations
PNG_SIGNATURE, PNG_CHUNK = 8, struct.Struct(">I4s")  # bytes; length and kind, which data and 4 bytes of a sum follow
PNG_NOTES = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")


def picture_file(image: PosedImage, folder: Path) -> Path:
    """The picture's own file if other programs show it as this one does, else a copy of what this one shows.

    Frames of videos, rotated photographs (EXIF), wide colors and formats that few programs read are copied, as JPEG if
    they were compressed with losses, else as PNG; pictures of cloud storage as they are.

    Args:
        image: Whose picture.
        folder: Of the export; copies go to ``images`` in it.

    Raises:
        InputError: It cannot be read any more, or the copy cannot be written.
    """
    if is_plain_picture(image.image_path):
        return _fetch_picture(image, folder) if is_object(image.image_path) else image.image_path
    rgba, place = read_upright(image.image_path), folder / PICTURE_FOLDER / image.name
    if _is_lossless(image.image_path) or rgba[..., 3].min() < OPAQUE:
        path = place.with_name(f"{image.name}.png")
        write_image(path, Image.fromarray(rgba))
        return path
    path, stream = place.with_name(f"{image.name}.jpg"), io.BytesIO()
    Image.fromarray(rgba[..., :3]).save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    write_bytes(path, stream.getvalue())
    return path


def _fetch_picture(image: PosedImage, folder: Path) -> Path:
    """A picture of cloud storage as it is there, in the folder of an export."""
    path = folder / PICTURE_FOLDER / f"{image.name}{image.image_path.suffix}"
    write_bytes(path, image.image_path.read_bytes())
    return path


def _is_lossless(path: Path) -> bool:
    """Whether a picture's format is, or may be."""
    return not has_lossy_format(path) or path.suffix.lower() in MAYBE_LOSSLESS


def path_between(file: Path, folder: Path) -> str:
    """The path of a file from a folder, with slashes; whole where none leads there (another drive, cloud storage)."""
    if is_object(file):
        return str(file)
    try:
        return Path(os.path.relpath(file, os.path.realpath(folder))).as_posix()  # up from where a link leads
    except ValueError:
        return Path(os.path.abspath(file)).as_posix()


def is_plain_picture(path: Path, formats: Sequence[str] = PLAIN_FORMATS) -> bool:
    """Whether a file is a picture that other programs show as this one does.

    Args:
        path: Of an image file, or of a frame of a video.
        formats: That are taken, as Pillow names them.
    """
    if split_frame_path(path) is not None:
        return False
    try:
        with open_picture(path) as opened:
            orientation = int(_exif_of(opened, path).get(ExifTags.Base.Orientation, UPRIGHT))
            return opened.format in formats and orientation == UPRIGHT and not opened.info.get("icc_profile")
    except Exception:  # whatever Pillow raises: reading it tells what is wrong
        return False


def _exif_of(opened: Image.Image, path: Path) -> Image.Exif:
    """Its EXIF. Pillow decodes a whole PNG file for what may stand after the pixels, where it seldom does."""
    if opened.format == "PNG" and not _has_notes_after_pixels(path):
        return Image.Image.getexif(opened)
    return opened.getexif()


def _has_notes_after_pixels(path: Path) -> bool:
    """Whether EXIF or text stands after the pixels of a PNG file."""
    pixels = False
    with path.open("rb") as stream:
        stream.seek(PNG_SIGNATURE)
        while len(head := stream.read(PNG_CHUNK.size)) == PNG_CHUNK.size:
            length, kind = PNG_CHUNK.unpack(head)
            pixels = pixels or kind == b"IDAT"
            if pixels and kind in PNG_NOTES:
                return True
            stream.seek(length + 4, os.SEEK_CUR)
    return False
