"""The pictures of one sample in the frame of its image: source, render, overlay, mask, difference."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from camera_estimation.images import HALF_COVERED, SourceImage
from camera_estimation.segmentation import Rgb

BACKGROUND = 205  # grey behind an image whose own background was cut away
# Two bands, so that the outline shows on every colour.
OUTLINE, OUTLINE_EDGE = (90, 255, 0), (10, 30, 0)
RENDER_SHARE = 0.5  # of the render in the overlay
ONLY_SOURCE, ONLY_RENDER = (40, 120, 255), (255, 60, 40)

FOUR_NEIGHBORS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

Rgba = UInt8[np.ndarray, "H W 4"]
MaskLevels = UInt8[np.ndarray, "H W"]  # coverage, 255 where it is whole


def source_mask(image: SourceImage) -> MaskLevels:
    """Coverage of the image's pixels by the object."""
    return image.mask[0].numpy()


def source_picture(image: SourceImage) -> Rgb:
    """The image as people see it; over a plain grey where its alpha channel hides what is stored behind."""
    rgb = image.rgb.permute(1, 2, 0).numpy()
    return over_background(rgb, source_mask(image)) if image.mask_source == "alpha" else rgb


def render_picture(render: Rgba) -> Rgb:
    """The render over a plain grey."""
    return over_background(render[..., :3], render[..., 3])


def over_background(rgb: Rgb, mask: MaskLevels) -> Rgb:
    """What a mask covers of a picture, over a plain grey."""
    return blend(np.full_like(rgb, BACKGROUND), rgb, mask / 255.0)


def overlay_picture(source: Rgb, render: Rgba) -> Rgb:
    """The render half transparent over the source, and its outline."""
    blended = blend(source, render[..., :3], RENDER_SHARE * (render[..., 3] / 255.0))
    width = max(1, round(max(source.shape) / 350))
    blended[outline(render[..., 3], 2 * width)] = OUTLINE_EDGE
    blended[outline(render[..., 3], width)] = OUTLINE
    return blended


def difference_picture(image: SourceImage, render: Rgba) -> Rgb:
    """Grey where both show the object: the difference of their colours; coloured where only one of them shows it."""
    return difference_of(image.rgb.permute(1, 2, 0).numpy(), source_mask(image), render)


def difference_of(rgb: Rgb, covered: MaskLevels, render: Rgba) -> Rgb:
    """As ``difference_picture``, of a picture and its mask as pixels."""
    mask = covered >= HALF_COVERED
    drawn = render[..., 3] >= HALF_COVERED
    difference = np.abs(rgb.astype(np.int16) - render[..., :3]).mean(axis=-1).astype(np.uint8)
    shown = np.repeat(np.where(mask & drawn, difference, 0)[..., None], 3, axis=-1).astype(np.uint8)
    shown[mask & ~drawn] = ONLY_SOURCE
    shown[drawn & ~mask] = ONLY_RENDER
    return shown


def outline(mask: MaskLevels, width: int) -> Bool[np.ndarray, "H W"]:
    """The band of ``width`` pixels (1 or more, from neighbour to neighbour) just outside of a mask."""
    inside = mask >= HALF_COVERED
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    band = np.zeros_like(inside)
    if len(rows) == 0:
        return band
    top, bottom = max(0, rows[0] - width), rows[-1] + 1 + width
    left, right = max(0, columns[0] - width), columns[-1] + 1 + width
    part = inside[top:bottom, left:right]
    grown = cv2.dilate(part.astype(np.uint8), FOUR_NEIGHBORS, iterations=width) > 0
    band[top:bottom, left:right] = grown & ~part
    return band


def blend(under: Rgb, over: Rgb, share: np.ndarray) -> Rgb:
    """``share`` (0 to 1, a value a pixel) of ``over`` and the rest of ``under``."""
    share = share[..., None].astype(np.float32)
    return (under + share * (over.astype(np.float32) - under)).round().astype(np.uint8)


def image_from_pixels(pixels: np.ndarray) -> Image.Image:
    """Pixels as a Pillow image: grey, RGB or RGBA by their shape."""
    return Image.fromarray(np.ascontiguousarray(pixels))
