"""COCO's run-length codes of masks (pycocotools, maskApi.c): how many pixels, by columns, are 0 and 1 in turn."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import UInt8

from camera_estimation.errors import InputError
from camera_estimation.io import check_limit

OFFSET = 48  # of the code's characters
MEGA = 1_000_000
MOST_BITS = 60  # of a run
VALUE_BITS, MORE, NEGATIVE = 5, 0x20, 0x10


def decode_run_lengths(code: dict[str, Any], where: str) -> UInt8[np.ndarray, "H W"]:
    """A mask of 0 and 1.

    Args:
        code: ``size`` (height and width) and ``counts``, a list or COCO's compressed text.
        where: The file and the place in it, which begins messages.

    Raises:
        InputError: It is none; one line.
    """
    try:
        height, width = (int(side) for side in code["size"])
        counts = code["counts"]
        runs = _decompress(counts) if isinstance(counts, str) else [int(count) for count in counts]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise InputError(f"{where} has a run-length code that is none; export it again") from None
    check_limit("picture_megapixels", height * width / MEGA, where, "megapixels")
    if min(height, width, *runs) < 0 or sum(runs) != height * width:
        raise InputError(f"{where} has a run-length code of other than {width}x{height} pixels; export it again")
    values = np.repeat((np.arange(len(runs)) % 2).astype(np.uint8), runs)
    return np.ascontiguousarray(values.reshape(width, height).T)


def _decompress(text: str) -> list[int]:
    """Each number is in groups of five bits, and from the fourth on the difference from the last but one."""
    runs: list[int] = []
    place = 0
    while place < len(text):
        value, shift = 0, 0
        while True:
            group = ord(text[place]) - OFFSET
            value |= (group & (MORE - 1)) << shift
            place, shift = place + 1, shift + VALUE_BITS
            if shift > MOST_BITS:
                raise ValueError("a run is longer than any picture")
            if not group & MORE:
                break
        if group & NEGATIVE:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
    return runs
