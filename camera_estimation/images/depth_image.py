"""Depth images: how far what is seen at each pixel is from the camera, from a file for each image.

16-bit PNG or TIFF (times a scale), EXR (the channel Z, V, depth, or the only one) or NPY, of the original upright
image's size. 0, negative and what is not finite stand for pixels of which nothing is known.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.errors import InputError, short_reason
from camera_estimation.io import check_file_size, check_limit, input_path, open_picture, read_array

EXR_CHANNELS = ("Z", "V", "depth", "Depth", "Y", "R")
FEWEST_PIXELS = 16
MEGA = 1_000_000


@dataclass(frozen=True, eq=False)
class DepthImage:
    """Depth of the full image.

    Args:
        depth: Along the optical axis; 0 where nothing is known.
        kind: One of ``configuration.DEPTH_KINDS``: "metric" for world units.
    """

    depth: Float[Tensor, "H W"]
    kind: str = "metric"


def load_depth(path: str | Path, width: int, height: int, scale: float = 1.0, kind: str = "metric") -> DepthImage:
    """The depth of an image.

    Args:
        path: A file as the module's text describes it.
        width: Of the image in pixels, which the file must have too.
        height: Likewise.
        scale: What values are multiplied by.
        kind: One of ``configuration.DEPTH_KINDS``.

    Raises:
        InputError: The file cannot be used; one line.
    """
    path = input_path(path)
    values = _read_values(path)
    if values.shape != (height, width):
        found = "x".join(str(size) for size in values.shape[::-1])
        raise InputError(f"{path}: has {found} values and its image {width}x{height} pixels; give depth of its size")
    depth = torch.from_numpy(values.astype(np.float32)) * scale
    depth = torch.where(torch.isfinite(depth) & (depth > 0), depth, 0.0)
    if int((depth > 0).sum()) < FEWEST_PIXELS:
        raise InputError(f"{path}: has fewer than {FEWEST_PIXELS} depths greater than 0; check the file and the scale")
    return DepthImage(depth, kind)


def _read_values(path: Path) -> np.ndarray:
    try:
        if path.suffix.lower() == ".npy":
            values = read_array(path)
        elif path.suffix.lower() == ".exr":
            values = _read_exr(path)
        else:
            values = _read_picture(path)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except MemoryError as error:
        raise InputError(f"{path}: does not fit into memory; make it smaller") from error
    except Exception as error:  # each reader has its own errors for what is broken
        raise InputError(
            f"{path}: cannot be read as depth ({short_reason(error)}); give 16-bit PNG, EXR or NPY"
        ) from error
    values = np.squeeze(values)
    if values.ndim != 2 or values.dtype.kind not in "fiu":
        raise InputError(f"{path}: is no depth image: give one number for each pixel")
    return values


def _read_picture(path: Path) -> np.ndarray:
    with open_picture(path) as picture:
        if picture.mode not in ("I;16", "I;16B", "I", "F"):
            raise InputError(f"{path}: has 8 bits a value, too few for depth; give 16-bit PNG, EXR or NPY")
        return np.asarray(picture)


def _read_exr(path: Path) -> np.ndarray:
    import OpenEXR

    if not path.is_file():
        raise FileNotFoundError
    check_file_size(path)
    _check_window(path)
    with OpenEXR.File(os.fspath(path), separate_channels=True) as file:
        channels = file.channels()
        name = next((name for name in EXR_CHANNELS if name in channels), None)
        if name is None and len(channels) > 1:
            raise InputError(f"{path}: has the channels {', '.join(channels)}; name the one that is depth Z")
        return np.array(channels[name or next(iter(channels))].pixels)


def _check_window(path: Path) -> None:
    """Raises InputError if the header says that there are more pixels than are read."""
    import OpenEXR

    with OpenEXR.File(os.fspath(path), header_only=True) as file:
        (left, top), (right, bottom) = (corner.tolist() for corner in file.header()["dataWindow"])
    check_limit("picture_megapixels", (right - left + 1) * (bottom - top + 1) / MEGA, path, "megapixels")
