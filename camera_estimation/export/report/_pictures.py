"""The pictures of a sample in the page: source, render and mask, small, as data."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from camera_estimation.visualization import MaskLevels, Rgb, Rgba, panel_window

# Characters of base64 that a sample's pictures may take, and the pixels of their longer side from there on.
SIDES = ((90_000, 720), (50_000, 560), (24_000, 420), (12_000, 320), (0, 200))
BEST, WORST = 80, 35  # quality of WebP
SMALLEST_SIDE = 16  # pixels, below which nothing is made smaller
SOURCE_SHARE, RENDER_SHARE = 0.62, 0.3  # of a sample's room; the mask takes what it takes
HALF = 128  # of 255, from where a pixel counts as covered
SHRINK = 0.75  # of the sides, where the lowest quality is too large


@dataclass(frozen=True)
class PagePictures:
    """Pictures of the part of the frame around the object, each as base64.

    Args:
        window: That part: left, top, right and bottom as shares of the frame.
        source: WebP.
        render: WebP with alpha; empty where there is none.
        mask: PNG of one bit; empty where there is none.
        bent: The source with the mesh as it was bent over it, WebP; empty where it was not.
    """

    window: tuple[float, float, float, float]
    source: str
    render: str = ""
    mask: str = ""
    bent: str = ""

    @property
    def size(self) -> int:
        """Characters."""
        return sum(map(len, self.texts))

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """As the page has them, one a line."""
        return self.source, self.render, self.mask, self.bent


def encode_pictures(source: Rgb, render: Rgba, mask: MaskLevels, room: int, bent: Rgb | None = None) -> PagePictures:
    """The pictures of an estimate.

    Args:
        source: The picture as people see it.
        render: The mesh in its frame, straight.
        mask: Of the object in its frame.
        room: Characters of base64 to keep to.
        bent: The source with the mesh as it was bent over it.
    """
    if bent is not None:
        room = round(room / (1 + SOURCE_SHARE))  # of the others
    left, top, right, bottom = panel_window(mask, render[..., 3])
    part = np.s_[top:bottom, left:right]
    height, width = mask.shape
    size = _picture_size(right - left, bottom - top, room)
    shown, covered = Image.fromarray(_shrink(source[part], size)), Image.fromarray(_shrink(mask[part], size))
    drawn = Image.fromarray(_shrink_render(render[part], size))
    return PagePictures(
        window=(left / width, top / height, right / width, bottom / height),
        source=_webp(shown, round(SOURCE_SHARE * room)),
        render=_webp(drawn, round(RENDER_SHARE * room)),
        mask=_base64(covered.point(lambda level: 255 * (level >= HALF)).convert("1"), "PNG"),
        bent="" if bent is None else _webp(Image.fromarray(_shrink(bent[part], size)), round(SOURCE_SHARE * room)),
    )


def encode_source(source: Rgb, room: int) -> PagePictures:
    """The picture of a sample without an estimate; arguments are those of ``encode_pictures``."""
    height, width = source.shape[:2]
    shown = Image.fromarray(_shrink(source, _picture_size(width, height, room)))
    return PagePictures((0.0, 0.0, 1.0, 1.0), _webp(shown, round(SOURCE_SHARE * room)))


def encode_image(picture: Image.Image, room: int) -> str:
    """A picture of any kind as WebP in base64, of a quality that keeps to ``room``."""
    return _webp(picture, room)


def _picture_size(width: int, height: int, room: int) -> tuple[int, int]:
    side = next(side for least, side in SIDES if room >= least)
    scale = min(1.0, side / max(width, height))
    return max(1, round(scale * width)), max(1, round(scale * height))


def _shrink(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``size`` is width and height, neither larger than they are."""
    if pixels.shape[1::-1] == size:
        return np.ascontiguousarray(pixels)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _shrink_render(render: Rgba, size: tuple[int, int]) -> UInt8[np.ndarray, "h w 4"]:
    """Where nothing is drawn colors are 0, so that their means are those of premultiplied ones."""
    small = _shrink(render, size)
    if small.shape == render.shape:
        return small
    colors = small[..., :3].astype(np.float32) * (255 / np.maximum(small[..., 3:], 1))
    return np.dstack([colors.clip(0, 255).round().astype(np.uint8), small[..., 3]])


def _webp(picture: Image.Image, room: int) -> str:
    """Tries few qualities, for each takes its time: the next is the one that the size of the last promises."""
    quality = BEST
    while True:
        encoded = _base64(picture, "WEBP", quality=quality, method=1)
        if len(encoded) <= room or min(picture.size) <= SMALLEST_SIDE:
            return encoded
        if quality > WORST:
            quality = max(WORST, min(quality - 10, round(quality * room / len(encoded))))
        else:
            size = [max(1, round(SHRINK * side)) for side in picture.size]
            picture = picture.resize((size[0], size[1]), Image.Resampling.BOX)


def _base64(picture: Image.Image, kind: str, **options: int) -> str:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return base64.b64encode(stream.getvalue()).decode("ascii")
