"""The pictures of one sample in the frame of its image: source, render, overlay, mask, difference."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image

from camera_estimation.images import HALF_COVERED, SourceImage
from camera_estimation.segmentation import Rgb

BACKGROUND = 205  # grey behind an image whose own background was cut away
# Two bands, so that the outline shows on every colour.
OUTLINE, OUTLINE_EDGE = (90, 255, 0), (10, 30, 0)
RENDER_SHARE = 0.5  # of the render in the overlay
OUTLINES_ACROSS = 350  # widths of an outline on a picture's longer side
ONLY_SOURCE, ONLY_RENDER = (40, 120, 255), (255, 60, 40)
STRIP = 1 << 17  # pixels that are blended at once: few enough for a processor's cache

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
    return blend_by_levels(np.full_like(rgb, BACKGROUND), rgb, mask)


def outline_width(picture: Rgb) -> int:
    """Pixels of an outline on a picture, beside whose longer side it is to be seen."""
    return max(1, round(max(picture.shape) / OUTLINES_ACROSS))


def overlay_picture(source: Rgb, render: Rgba) -> Rgb:
    """The render half transparent over the source, and its outline."""
    blended = blend_by_levels(source, render[..., :3], render[..., 3], RENDER_SHARE)
    width = outline_width(source)
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
    difference = cv2.absdiff(rgb, np.ascontiguousarray(render[..., :3])).sum(axis=-1, dtype=np.uint16) // 3
    shown = np.repeat(np.where(mask & drawn, difference, 0).astype(np.uint8)[..., None], 3, axis=-1)
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
    reached = cv2.dilate(part.astype(np.uint8), FOUR_NEIGHBORS, iterations=int(width)).astype(bool)
    band[top:bottom, left:right] = reached & ~part
    return band


def blend(under: Rgb, over: Rgb, share: np.ndarray) -> Rgb:
    """``share`` (0 to 1, a value a pixel) of ``over`` and the rest of ``under``."""
    blended = under.copy()
    for rows in _strips(under):
        _blend_into(blended[rows], over[rows], share[rows].astype(np.float32))
    return blended


def blend_by_levels(under: Rgb, over: Rgb, levels: MaskLevels, most: float = 1.0) -> Rgb:
    """As ``blend``, with the share ``most`` where ``levels`` are 255, and less where they are less."""
    shares = (most * (np.arange(256) / 255.0)).astype(np.float32)
    blended = under.copy()
    for rows in _strips(under):
        _blend_into(blended[rows], over[rows], shares[levels[rows]])
    return blended


def _strips(pixels: np.ndarray) -> Iterator[slice]:
    """Rows that are few pixels together: numbers in single precision take four times the memory of pixels."""
    count = max(1, STRIP // max(1, pixels.shape[1]))
    return (slice(top, top + count) for top in range(0, len(pixels), count))


def _blend_into(under: Rgb, over: Rgb, share: Float[np.ndarray, "H W"]) -> None:
    """Changes ``under``, where the share is more than nothing."""
    some = share > 0
    if some.any():
        below, above = under[some], over[some].astype(np.float32)
        under[some] = (below + share[some][:, None] * (above - below)).round().astype(np.uint8)


def image_from_pixels(pixels: np.ndarray) -> Image.Image:
    """Pixels as a Pillow image: grey, RGB or RGBA by their shape."""
    return Image.fromarray(np.ascontiguousarray(pixels))
