"""HEIC and HEIF files, which Pillow opens only with another library's help."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from camera_estimation.errors import InputError

HEADER = 64  # bytes: the length of the first box, its type, the brand of the file, and those it is compatible with
# Brands of ISO/IEC 23008-12 whose pictures are in HEVC, or in any coding if no other brand says which.
BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def is_heif(path: Path) -> bool:
    """Whether the file's content says that it is one, whatever its name."""
    with path.open("rb") as stream:
        header = stream.read(HEADER)
    return header[4:8] == b"ftyp" and header[8:12] in BRANDS and b"avif" not in header


def register_heif(path: Path) -> None:
    """Teach Pillow to open a HEIF file, if this is one. Raises InputError if the library for it is not installed."""
    if not is_heif(path):
        return
    if find_spec("pillow_heif") is None:
        raise InputError(
            f"{path}: HEIC and HEIF need pillow-heif, which is not installed: pip install 'camera-estimation[heif]'; "
            "or save it as JPEG"
        )
    _register()


@cache
def _register() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
