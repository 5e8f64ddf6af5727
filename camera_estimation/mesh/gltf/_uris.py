"""What the URIs of a glTF document name: data in the document, or files beside it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from camera_estimation.io import read_content
from camera_estimation.mesh._named_files import find_named_file

BASE64 = ";base64"


def read_uri(uri: str, document: Path, what: str, remark: Callable[[str], None]) -> bytes:
    """The bytes that a URI names: data, or a file (see ``find_named_file``, which has the arguments and errors)."""
    if not uri.startswith("data:"):
        return read_content(find_named_file(uri, document, what, remark, above=False))
    head, _, data = uri.partition(",")
    return _decode_base64(unquote(data)) if head.endswith(BASE64) else unquote_to_bytes(data)


def _decode_base64(text: str) -> bytes:
    """Line breaks are passed over, missing padding is put in, and the alphabet of URLs is taken too."""
    kept = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(kept + "=" * (-len(kept) % 4))
    except binascii.Error as error:
        raise ValueError(f"a data URI is cut short: {error}") from error
