"""Texts in PNG files, which Pillow writes only with pictures of modes that it knows: RGB of 16 bits is none of them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

HEADER_END = 33  # bytes: the signature, and the header as the first chunk


def png_with_texts(content: bytes, texts: Mapping[str, str]) -> bytes:
    """A PNG file with texts by their keys (ASCII), as chunks iTXt behind its header.

    Args:
        content: The file without them.
        texts: What is added.
    """
    chunks = b"".join(_chunk(key.encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8")) for key, text in texts.items())
    return content[:HEADER_END] + chunks + content[HEADER_END:]


def _chunk(data: bytes) -> bytes:
    named = b"iTXt" + data
    return struct.pack(">I", len(data)) + named + struct.pack(">I", zlib.crc32(named))
