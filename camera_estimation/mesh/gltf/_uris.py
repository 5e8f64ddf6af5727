"""What the URIs of a glTF document name: data in the document, or files beside it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote, unquote_to_bytes

from camera_estimation.errors import InputError

BASE64 = ";base64"
REMEDY = "copy it there, or export the mesh with everything in one file (.glb)"


def read_uri(uri: str, document: Path, what: str, remark: Callable[[str], None]) -> bytes:
    """The bytes that a URI names.

    Args:
        uri: A data URI, or a path relative to the document, whichever slashes and percent signs its exporter wrote.
        document: The path of the document.
        what: What messages call it: "buffer", "texture".
        remark: Is told where a file is found by its name alone.

    Raises:
        InputError: It is nowhere; the line names it.
    """
    if uri.startswith("data:"):
        head, _, data = uri.partition(",")
        # Characters outside of the alphabet, line breaks above all, are passed over, and missing padding is put in.
        return _decode_base64(unquote(data)) if head.endswith(BASE64) else unquote_to_bytes(data)
    if "://" in uri:
        raise InputError(f"{document}: its {what} is on the web ({uri[:80]}); download it, and {REMEDY}")
    for path in _candidate_paths(uri, document.parent):
        if path.is_file():
            return path.read_bytes()
    name = PureWindowsPath(unquote(uri)).name  # which takes both kinds of slashes
    beside = document.parent / name
    if name and beside.is_file():
        remark(f"its {what} {uri} is taken from beside it")
        return beside.read_bytes()
    raise InputError(f"{document}: its {what} {uri} is missing; {REMEDY}")


def _decode_base64(text: str) -> bytes:
    kept = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(kept + "=" * (-len(kept) % 4))
    except binascii.Error as error:
        raise ValueError(f"a data URI is cut short: {error}") from error


def _candidate_paths(uri: str, folder: Path) -> Iterator[Path]:
    """Where the file may be, the likeliest first: by the specification, with the percent signs as they are, and with
    backslashes, as exporters on Windows write them."""
    for written in (unquote(uri), uri):
        yield folder / written
        yield folder / written.replace("\\", "/")
