"""Files that a mesh file names: textures, buffers, materials, whichever way its exporter wrote their paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

from camera_estimation.errors import InputError

REMEDY = "copy it there, or export the mesh with everything in one file (.glb)"
SCHEME = "://"


def require_content(path: Path) -> None:
    """Raises InputError if a path is no file, or an empty one."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a mesh file; give the path of a file")
    if not path.exists():
        raise InputError(f"{path}: no such file; check the path")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: is empty; export the mesh again")


def find_named_file(name: str, owner: Path, what: str, remark: Callable[[str], None]) -> Path:
    """The path of a file that another one names.

    Args:
        name: As it is written, relative to the owner's folder, with any slashes and maybe percent signs.
        owner: The file that names it.
        what: What messages call it: "buffer", "texture".
        remark: Is told where the file is found by its name alone.

    Raises:
        InputError: It is nowhere; the line names it.
    """
    if SCHEME in name and not name.startswith("file:"):
        raise InputError(f"{owner}: its {what} is on the web ({name[:80]}); download it, and {REMEDY}")
    for path in _candidate_paths(name.removeprefix("file:///"), owner.parent):
        if path.is_file():
            return path
    bare = PureWindowsPath(unquote(name)).name  # which takes both kinds of slashes
    if bare and (owner.parent / bare).is_file():
        remark(f"its {what} {name} is taken from beside it")
        return owner.parent / bare
    raise InputError(f"{owner}: its {what} {name} is missing; {REMEDY}")


def _candidate_paths(name: str, folder: Path) -> Iterator[Path]:
    """Where the file may be, the likeliest first: with percent signs for characters, with them as they are, and with
    backslashes, as exporters on Windows write them."""
    for written in (unquote(name), name):
        yield folder / written
        yield folder / written.replace("\\", "/")
