"""Which file holds the mask of an image: names that programs give to masks."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.io import find_named_files, input_path, names_file

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


def check_masks_dir(masks_dir: Path) -> None:
    """Raises InputError if it is no folder."""
    if not masks_dir.is_dir():
        raise InputError(f"{masks_dir}: no such folder of masks; check the path")


def find_mask_file(path: Path, mask_path: str | Path | None, masks_dir: str | Path | None) -> Path | None:
    """An image's mask file, if there is one.

    Args:
        path: The image, here ``NAME.jpg``.
        mask_path: The one that is given, whether it is there or not.
        masks_dir: Folder of masks, where it is ``NAME.png``, ``NAME.jpg.png`` (as COLMAP has it) or ``NAME_mask.png``,
            or has another of ``SUFFIXES``. Beside the image it is ``NAME_mask.png``, likewise.

    Raises:
        InputError: ``masks_dir`` is no folder.
    """
    if mask_path is not None:
        return input_path(mask_path)
    places = [(path.parent, [f"{path.stem}_mask"])]
    if masks_dir is not None:
        folder = input_path(masks_dir)
        check_masks_dir(folder)
        places = [(folder, _stems(path)), *places]
    for folder, stems in places:
        names = [f"{stem}{suffix}" for suffix in SUFFIXES for stem in stems]
        if found := next((place for place in find_named_files(folder, names) if not _is_same(place, path)), None):
            return found
    return None


def mask_names(path: Path, masks_dir: str | Path | None) -> str:
    """What mask files of an image may be called, in words.

    Args:
        path: The image.
        masks_dir: Folder of masks, if there is one.
    """
    if masks_dir is None:
        return f"{path.stem}_mask.png beside it"
    *others, last = [f"{stem}{SUFFIXES[0]}" for stem in _stems(path)]
    return f"{', '.join(others)} or {last} in {masks_dir}"


def _stems(path: Path) -> list[str]:
    """The names of frames of videos have no ending."""
    return list(dict.fromkeys((path.stem, path.name, f"{path.stem}_mask")))


def _is_same(place: Path, path: Path) -> bool:
    """Whether a mask would be the image itself, as in a folder that holds both."""
    return place == path or (names_file(path) and place.samefile(path))
