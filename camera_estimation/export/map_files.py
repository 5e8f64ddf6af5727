"""Maps as files: EXR and NPY with their values, PNG of 16 bits with the scale among its texts.

A value of a PNG is offset + scale * stored, channel by channel. Where nothing is shown EXR and PNG have 0 and an alpha
of 0, NPY has NaN; of depth and faces, which have no alpha, the value says it in all of them.
"""

from __future__ import annotations

import errno
import io
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from camera_estimation.errors import InputError, short_reason
from camera_estimation.export._surface_maps import SurfaceMap
from camera_estimation.export.map_kinds import MAP_KINDS
from camera_estimation.io import open_picture, png_with_texts, write_bytes, write_through

if TYPE_CHECKING:
    import OpenEXR

LEVELS = 65535
ALPHA = "A"


def write_map(path: Path, written: SurfaceMap, notes: Mapping[str, str]) -> Path:
    """Write a map in the format that the name ends with.

    Args:
        path: NAME.exr, NAME.npy or NAME.png.
        written: The map.
        notes: Further texts about it.

    Raises:
        InputError: It cannot be written, or PNG cannot hold it; one line.
    """
    texts = {"kind": written.kind, "meaning": MAP_KINDS[written.kind], **notes}
    if path.suffix == ".exr":
        _write_exr(path, written, texts)
    elif path.suffix == ".npy":
        stream = io.BytesIO()
        np.save(stream, written.values)
        write_bytes(path, stream.getvalue())
    else:
        _write_png(path, written, texts)
    return path


def read_map(path: Path) -> Float[np.ndarray, "H W *C"]:
    """The values of a map as they are in memory, NaN where nothing is shown.

    Args:
        path: A file of ``write_map``.

    Raises:
        InputError: It cannot be read, or is no map; one line.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    try:
        if path.suffix.lower() == ".npy":
            return np.load(path, allow_pickle=False)
        return _read_exr_map(path) if path.suffix.lower() == ".exr" else _read_png_map(path)
    except Exception as error:  # each reader has its own errors for what is broken
        raise InputError(f"{path}: cannot be read as a map ({short_reason(error)}); give one of --maps") from error


def _write_exr(path: Path, written: SurfaceMap, texts: Mapping[str, str]) -> None:
    import OpenEXR

    values = _with_alpha(written)
    names = (*written.channels, *((ALPHA,) if values.shape[-1] > len(written.channels) else ()))
    channels = {name: np.ascontiguousarray(values[..., index]) for index, name in enumerate(names)}
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    file = OpenEXR.File({**header, **texts, "channel_order": " ".join(written.channels)}, channels)
    write_through(path, lambda place: _save_exr(file, place))


def _save_exr(file: OpenEXR.File, path: Path) -> None:
    """Raises OSError if it cannot be written, of which the library makes an error of its own."""
    try:
        file.write(str(path))
    except RuntimeError as error:
        full = os.strerror(errno.ENOSPC)
        raise (OSError(errno.ENOSPC, full) if full in str(error) else OSError(errno.EIO, str(error))) from error


def _read_exr_map(path: Path) -> Float[np.ndarray, "H W *C"]:
    import OpenEXR

    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels, order = file.channels(), file.header()["channel_order"].split()
        values = np.stack([np.array(channels[name].pixels) for name in order], axis=-1)
        alpha = np.array(channels[ALPHA].pixels) if ALPHA in channels else None
    return _without_alpha(values, alpha)


def _write_png(path: Path, written: SurfaceMap, texts: Mapping[str, str]) -> None:
    import cv2

    values = _with_alpha(written).astype(np.float64)
    count = len(written.channels)
    offset, scale = _range_of(path, written)
    stored = np.zeros((*values.shape[:2], 1 if count == 1 else 4), dtype=np.uint16)
    levels = np.round((values[..., :count] - offset) / scale)
    if written.kind == "depth":
        levels = np.where(values > 0, np.maximum(levels, 1), 0)
    stored[..., :count] = np.clip(levels, 0, LEVELS)
    if count > 1:
        stored[..., 3] = LEVELS * values[..., count]
        stored[stored[..., 3] == 0] = 0
        stored = np.asarray(cv2.cvtColor(stored, cv2.COLOR_RGBA2BGRA))
    numbers = {"offset": offset, "scale": scale}
    told = {key: " ".join(repr(float(value)) for value in each) for key, each in numbers.items()}
    _, encoded = cv2.imencode(".png", stored)
    content = png_with_texts(encoded.tobytes(), {**texts, "channels": " ".join(written.channels), **told})
    write_bytes(path, content)


def _read_png_map(path: Path) -> Float[np.ndarray, "H W *C"]:
    import cv2

    with open_picture(path) as opened:
        texts = {key: str(text) for key, text in opened.info.items()}
    offset, scale = (np.array([float(value) for value in texts[key].split()]) for key in ("offset", "scale"))
    stored = np.asarray(cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_UNCHANGED))
    if len(scale) == 1:
        return np.asarray(offset + scale * stored, dtype=np.float32)
    levels = np.asarray(cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA))
    values = offset + scale * levels[..., : len(scale)].astype(np.float64)
    return _without_alpha(np.asarray(values, dtype=np.float32), levels[..., 3])


def _with_alpha(written: SurfaceMap) -> Float[np.ndarray, "H W C"]:
    """With a last channel that is 1 where something is shown, unless the values say it."""
    if len(written.channels) == 1:
        return written.values[..., None]
    known = np.isfinite(written.values).all(-1, keepdims=True)
    return np.concatenate([np.where(known, written.values, 0), known], axis=-1, dtype=np.float32)


def _without_alpha(values: Float[np.ndarray, "H W C"], alpha: np.ndarray | None) -> Float[np.ndarray, "H W *C"]:
    if alpha is None:
        return values[..., 0]
    return np.where(alpha[..., None] > 0, values, np.nan)


def _range_of(path: Path, written: SurfaceMap) -> tuple[np.ndarray, np.ndarray]:
    """The value of the stored 0, and that of a step, of each channel."""
    values, count = written.values, len(written.channels)
    if written.kind == "face":
        if values.max(initial=-1) >= LEVELS:
            raise InputError(f"{path}: its mesh has more triangles than 16 bits number; choose exr or npy for face")
        return np.full(1, -1.0), np.ones(1)
    if written.kind == "depth":
        return np.zeros(1), np.full(1, _round_step(float(values.max(initial=0)) / LEVELS))
    if written.kind == "normals":
        return np.full(count, -1.0), np.full(count, 2.0 / LEVELS)
    shown = values[np.isfinite(values).all(-1)]
    low, high = (shown.min(0), shown.max(0)) if len(shown) else (np.zeros(count), np.ones(count))
    if written.kind == "uv":
        low, high = np.minimum(np.floor(low), 0), np.maximum(np.ceil(high), 1)
    low, high = low.astype(np.float64), high.astype(np.float64)
    return low, np.where(high > low, (high - low) / LEVELS, 1.0)


def _round_step(least: float) -> float:
    """The next of 1, 2 or 5 times a power of ten."""
    if least <= 0:
        return 1.0
    power = math.floor(math.log10(least))
    return next(step for factor in (1, 2, 5, 10) if (step := float(f"{factor}e{power}")) >= least)
