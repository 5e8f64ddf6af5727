"""Files that a mesh file names: textures, buffers, materials, whichever way its exporter wrote their paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

from camera_estimation.errors import InputError, printable_line
from camera_estimation.io import check_file_size, current_limits, is_object

REMEDY = "copy it there, or export the mesh with everything in one file (.glb)"
SCHEME = "://"
LONGEST_SHOWN = 120  # characters of a name in messages


def require_content(path: Path) -> None:
    """Raises InputError if a path is no file, an empty one, or one beyond ``limits.file_megabytes``."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a mesh file; give the path of a file")
    if not path.exists():
        raise InputError(f"{path}: no such file; check the path")
    check_file_size(path)
    if path.stat().st_size == 0:
        raise InputError(f"{path}: is empty; export the mesh again")


def find_named_file(name: str, owner: Path, what: str, remark: Callable[[str], None], above: bool = True) -> Path:
    """The path of a file that another one names.

    Args:
        name: As it is written, relative to the owner's folder, with any slashes and maybe percent signs.
        owner: The file that names it.
        what: What messages call it: "buffer", "texture".
        remark: Is told where the file is found by its name alone.
        above: Whether it may be below the folder above too, where data sets of older formats keep textures; never
            elsewhere, whether the name or a symbolic link leads there, unless ``limits.outside_files`` says so.

    Raises:
        InputError: It is nowhere, or where it must not be; the line names it.
    """
    if SCHEME in name and not name.startswith("file:"):
        raise InputError(f"{owner}: its {what} is on the web ({name[:80]}); download it, and {REMEDY}")
    shown = printable(name)
    for path in _candidate_paths(name.removeprefix("file:///"), owner.parent):
        if _is_file(path):
            if not is_inside(path, owner, above):
                raise outside_error(owner, f"its {what} {shown}")
            return path
    bare = PureWindowsPath(unquote(name)).name  # which takes both kinds of slashes
    if bare and _is_file(owner.parent / bare) and is_inside(owner.parent / bare, owner, above):
        remark(f"its {what} {shown} is taken from beside it")
        return owner.parent / bare
    raise InputError(f"{owner}: its {what} {shown} is missing; {REMEDY}")


def is_inside(path: Path, owner: Path, above: bool = False) -> bool:
    """Whether a file that another one names may be read: it is below the owner's folder once all links are followed, or
    below the folder that the owner itself is linked from, as caches of downloads have it.

    Args:
        path: The file.
        owner: That names it.
        above: Whether the folder above that of the owner will do.
    """
    if current_limits().outside_files:
        return True
    if is_object(owner) and not is_object(path):  # libraries that read the copy name that
        return path.resolve() == Path(os.fspath(owner)).resolve()
    folder = owner.parent.resolve()
    allowed = (folder.parent if above else folder, owner.resolve().parent)
    return any(path.resolve().is_relative_to(place) for place in allowed)


def outside_error(owner: Path, file: str) -> InputError:
    """What is told of a file that must not be read, with what to do about it."""
    return InputError(
        f"{owner}: {file} lies outside of the mesh's folder; {REMEDY}, or allow such files with limits.outside_files "
        "in a TOML file"
    )


def _is_file(path: Path) -> bool:
    """Names that no file can have are those of none."""
    try:
        return path.is_file()
    except InputError:  # of cloud storage, which cannot be asked
        raise
    except (OSError, ValueError):  # too long, or with a zero in it
        return False


def printable(name: str) -> str:
    """A name from a file as messages show it: on one line, and not longer than a line."""
    shown = printable_line(name)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."


def _candidate_paths(name: str, folder: Path) -> Iterator[Path]:
    """Where the file may be, the likeliest first: with percent signs for characters, with them as they are, and with
    backslashes, as exporters on Windows write them."""
    for written in (unquote(name), name):
        yield folder / written
        yield folder / written.replace("\\", "/")
