"""The pictures of cameras as pinholes show them: for programs that know no distortion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image

from camera_estimation.export.exporter import PosedImage
from camera_estimation.export.pictures import PICTURE_FOLDER, picture_file
from camera_estimation.geometry import Lens, LensWindow
from camera_estimation.images import read_upright, resample_picture
from camera_estimation.io import write_image

UNDISTORTED = (
    "has no distortion of lenses: pictures of those are written as a pinhole of the same focal length shows them"
)


def lens_remarks(program: str, images: Sequence[PosedImage]) -> list[str]:
    """Lines about what a program without distortion shows otherwise.

    Args:
        program: Its name, or its format's.
        images: Of one mesh.
    """
    bent = [image for image in images if image.lens is not None]
    lines = [f"{program} {UNDISTORTED}"] if bent else []
    beyond = [image.name for image in bent if not _shows_middle(image)]
    return [*lines, *(f"{name}: such a pinhole does not show the middle of the object" for name in beyond)]


def pinhole_pixels(image: PosedImage) -> UInt8[np.ndarray, "H W C"]:
    """The upright picture, without what its lens does to it; black where the lens shows nothing.

    Raises:
        InputError: It cannot be read any more.
    """
    pixels = read_upright(image.image_path)
    return pixels if image.lens is None else _undistort(pixels, image.lens)


def pinhole_file(image: PosedImage, folder: Path) -> Path:
    """The picture's own file where that shows what a pinhole does; else a copy in ``images``, see ``picture_file``.

    Raises:
        InputError: It cannot be read any more, or the copy cannot be written.
    """
    if image.lens is None:
        return picture_file(image, folder)
    path = folder / PICTURE_FOLDER / f"{image.name}.png"
    write_image(path, Image.fromarray(pinhole_pixels(image)))
    return path


def _shows_middle(image: PosedImage) -> bool:
    camera = image.camera
    pixel, depth = camera.project(image.mesh.center.to(camera.rotation)[None, None])
    size = pixel.new_tensor([camera.width, camera.height])
    return bool(depth[0, 0] > 0 and (pixel[0, 0] >= 0).all() and (pixel[0, 0] <= size).all())


def _undistort(pixels: UInt8[np.ndarray, "H W C"], lens: Lens) -> UInt8[np.ndarray, "H W C"]:
    """At the lens's own intrinsics."""
    height, width = pixels.shape[:2]
    lens = lens.resize(width, height)
    window = LensWindow(lens, torch.eye(3, dtype=torch.float64), lens.intrinsics, width, height)
    shown, known = resample_picture(np.ascontiguousarray(pixels), window.source_pixels, width, height)
    shown[known == 0] = 0
    return shown
