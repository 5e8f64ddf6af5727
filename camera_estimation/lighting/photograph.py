"""A photograph as a pinhole shows it, in linear light."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8

from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera, Lens, LensWindow, window_about_pixels
from camera_estimation.images import read_upright, resample_picture, undistort_mask
from camera_estimation.io import read_picture
from camera_estimation.mesh import linear_from_srgb, srgb_from_linear

BACKGROUND = 205  # gray behind a picture whose own background was cut away, as in other result pictures
OPAQUE = 255
LENS_SAMPLES = 2  # a side of a pixel, where a distorted picture is read

Rgb = UInt8[np.ndarray, "H W 3"]
LinearRgb = Float[np.ndarray, "H W 3"]


@dataclass(frozen=True, eq=False)
class Photograph:
    """What a camera of known pose saw.

    Args:
        path: The file, which messages name.
        pixels: sRGB as a pinhole shows it.
        camera: That pinhole, one, in world coordinates and double precision, of the picture's size.
        mask: Coverage of pixels by the known object, 255 where it is whole; None: not known.
        window: Where in a distorted picture it is from; None: it is the picture.
        flattened: Whether the file's pixels are transparent in part, and stand over a plain gray here.
        original: The distorted picture; None: it is none.
    """

    path: Path
    pixels: Rgb
    camera: Camera
    mask: UInt8[np.ndarray, "H W"] | None = None
    window: LensWindow | None = None
    flattened: bool = False
    original: UInt8[np.ndarray, "h w 3"] | None = None

    @cached_property
    def linear(self) -> LinearRgb:
        """Linear light in [0, 1]."""
        return decode_srgb(self.pixels)


def decode_srgb(pixels: UInt8[np.ndarray, "*N"]) -> Float[np.ndarray, "*N"]:
    """Linear light in [0, 1] of 8-bit sRGB, in single precision."""
    return linear_from_srgb(np.arange(256) / 255).astype(np.float32)[pixels]


def encode_srgb(linear: Float[np.ndarray, "*N"]) -> UInt8[np.ndarray, "*N"]:
    """The inverse of ``decode_srgb``; clips to [0, 1]."""
    return np.round(255 * srgb_from_linear(linear)).astype(np.uint8)


def open_photograph(path: Path, camera: Camera, lens: Lens | None = None, mask_path: Path | None = None) -> Photograph:
    """The photograph that an estimate is of.

    Args:
        path: An image file, or a frame of a video.
        camera: One, in world coordinates, of the whole upright picture.
        lens: The same intrinsics with what distorts the picture; None: a pinhole.
        mask_path: A file of the known object's coverage, of the picture's size; None, or no such file: not known.

    Raises:
        InputError: The picture cannot be read, or has another size than the camera's.
    """
    rgba = read_upright(path)
    height, width = rgba.shape[:2]
    if (width, height) != (camera.width, camera.height):
        raise InputError(
            f"{path}: has {width} x {height} pixels now, and {camera.width} x {camera.height} when its camera was "
            "estimated; estimate it again"
        )
    flattened = bool(rgba[..., 3].min() < OPAQUE)
    pixels = _flatten(rgba) if flattened else np.ascontiguousarray(rgba[..., :3])
    camera = camera.to("cpu", torch.float64)
    mask = _read_mask(mask_path, (height, width))
    if lens is None:
        return Photograph(path, pixels, camera, mask, flattened=flattened)
    window = window_about_pixels(lens, (0.0, 0.0, float(width), float(height)))
    if window is None:
        raise InputError(f"{path}: its lens shows nothing; check the distortion coefficients")
    straight, _ = resample_picture(pixels, window.source_pixels, window.width, window.height, samples=LENS_SAMPLES)
    if mask is not None:
        mask = undistort_mask(torch.from_numpy(mask)[None], window)[0].numpy()
    pinhole = window.to_window(camera)
    return Photograph(path, np.ascontiguousarray(straight), pinhole, mask, window, flattened, pixels)


def _flatten(rgba: UInt8[np.ndarray, "H W 4"]) -> Rgb:
    share = rgba[..., 3:].astype(np.float32) / OPAQUE
    return np.round(BACKGROUND + share * (rgba[..., :3] - np.float32(BACKGROUND))).astype(np.uint8)


def _read_mask(path: Path | None, size: tuple[int, int]) -> UInt8[np.ndarray, "H W"] | None:
    if path is None or not path.is_file():
        return None
    try:
        mask = read_picture(path)[..., 0]
    except Exception as error:  # whatever Pillow raises on broken content
        raise InputError(f"{path}: is damaged; estimate the sample again") from error
    if mask.shape != size:
        raise InputError(f"{path}: has another size than the picture; estimate the sample again")
    return np.ascontiguousarray(mask)
