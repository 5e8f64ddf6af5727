"""Names of samples: unique, the same in every run, and in the order that people count in."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

Entry = TypeVar("Entry")

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # a name reads as another one with them
FORBIDDEN = '<>:"/\\|?*'
# Of devices, on Windows, whatever their endings.
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
LONGEST_NAME = 180  # bytes: file systems take 255, and names of files begin with those of samples


def natural_order(name: str) -> tuple:
    """Sorting key that puts 2 before 10."""
    parts = re.split(r"(\d+)", name.casefold())
    return (*(_size_of(part) if index % 2 else part for index, part in enumerate(parts)),), name


def _size_of(digits: str) -> tuple[int, str]:
    """Sorts as their number does, of which Python makes none where they are thousands."""
    figures = digits.lstrip("0")
    return len(figures), figures


def unique_names(pairs: Sequence[tuple[Path, Path]], marks: Sequence[str] | None = None) -> list[str]:
    """A name for every (mesh, image): the image's stem; where two share that, ``IMAGE__MESH``; then ``IMAGE__MESH_2``.

    Names differ by more than case, for they become folders, and what no folder may be called is replaced, see
    ``safe_sample_name``. Numbers follow the paths' order, not the order given, and
    of one mesh and image that of ``marks``, which tell its objects apart.
    """
    told = marks or [""] * len(pairs)

    image_names = [safe_sample_name(image.stem) for _, image in pairs]
    keys = [_fold_case(name) for name in image_names]
    counts = Counter(keys)
    names = [""] * len(pairs)
    taken: set[str] = set()
    crowded = []
    for index, (name, key) in enumerate(zip(image_names, keys, strict=True)):
        if counts[key] == 1:
            names[index] = name
            taken.add(key)
        else:
            crowded.append(index)

    def order(index: int) -> tuple:
        return *(natural_order(path.as_posix()) for path in pairs[index]), natural_order(told[index])

    for index in sorted(crowded, key=order):
        mesh, image = pairs[index]
        base = name = safe_sample_name(f"{image.stem}__{mesh.stem}")
        number = 1
        while _fold_case(name) in taken:
            number += 1
            name = f"{base}_{number}"
        names[index] = name
        taken.add(_fold_case(name))
    return names


class NamedEntries(Generic[Entry]):
    """What a table says of images, found by the names of their files; folders in the table's names do not count.

    Args:
        entries: By the names that the table has.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._by_file: dict[str, list[Entry]] = {}
        for name, entry in entries.items():
            self._by_file.setdefault(PurePosixPath(name).name, []).append(entry)

    def of(self, image_path: Path) -> Entry | None:
        """The entry with the image's file name, else the one with its stem, else None; several that differ are none."""
        for wanted in (image_path.name, image_path.stem):
            found = self._by_file.get(wanted)
            if found and all(entry == found[0] for entry in found):
                return found[0]
        return None


def safe_sample_name(name: str) -> str:
    """A name that files and folders may have on every system: as it is, where it is one.

    Others get underscores for what is not allowed, and long ones are cut and end in a checksum of the whole.
    """
    allowed = "".join("_" if character in FORBIDDEN or not _is_plain(character) else character for character in name)
    allowed = allowed.rstrip(" .") or "_"
    if allowed.partition(".")[0].upper() in RESERVED:
        allowed = f"_{allowed}"
    if len(allowed.encode("utf-8", errors="replace")) <= LONGEST_NAME:
        return allowed
    ending = f"~{hashlib.sha256(name.encode('utf-8', errors='surrogatepass')).hexdigest()[:8]}"
    return allowed.encode("utf-8")[: LONGEST_NAME - len(ending)].decode("utf-8", errors="ignore") + ending


def is_safe_name(name: str) -> bool:
    """Whether a name from a file leads to nowhere but one folder or file of that name."""
    return name not in ("", ".", "..") and not any(character in "/\\" or ord(character) < 32 for character in name)


def _is_plain(character: str) -> bool:
    """Whether it is neither a control character, nor one that turns the direction of what follows, nor half of a
    surrogate pair, which no text file can hold."""
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in TURNING


def _fold_case(name: str) -> str:
    """What file systems that do not tell cases, or ways to write accents, apart take a name for."""
    return unicodedata.normalize("NFC", name).casefold()


def entry_of(entries: Mapping[str, Entry], image_path: Path) -> Entry | None:
    """As ``NamedEntries.of``, of one image alone."""
    return NamedEntries(entries).of(image_path)


def is_text(path: Path) -> bool:
    """Whether result files, which are UTF-8, can hold a path: on Linux names of files are bytes of any kind."""
    return not any("\ud800" <= character <= "\udfff" for character in str(path))


def files_without_text(places: Iterable[Path], suffixes: Collection[str]) -> list[str]:
    """Lines about the files in folders with one of ``suffixes`` and a name that is no text; places may be files."""
    folders = [place for place in dict.fromkeys(places) if place.is_dir()]
    found = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix.lower() in suffixes]
    shown = [str(path).encode("utf-8", "backslashreplace").decode() for path in found if not is_text(path)]
    return [f"{path}: its name is no UTF-8 text, so it is not used; rename it" for path in shown]
