"""comparison.png: source, render, overlay and difference side by side, with the numbers."""

from __future__ import annotations

import contextlib
import math
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from camera_estimation.estimation import DOUBTFUL, GOOD, WRONG, verdict_line
from camera_estimation.images import SourceImage
from camera_estimation.visualization.pictures import (
    ONLY_RENDER,
    ONLY_SOURCE,
    MaskLevels,
    Rgb,
    Rgba,
    difference_picture,
    image_from_pixels,
    overlay_picture,
    render_picture,
    source_mask,
    source_picture,
)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

PANEL = 512  # pixels of a panel's longer side
WIDE = 2.5  # width over height, from which panels stand one above the other
WIDEST_PANEL = 1536  # pixels of the longer side of those
GAP = 16
WIDEST_TITLE, SMALLEST_TITLE = 2400, 12  # pixels: longer names are written smaller, down to this size
TITLE_SIZE, LABEL_SIZE, NUMBER_SIZE = 26, 20, 22
SYSTEM_FONTS = ("NotoSansCJK-Regular.ttc", "DejaVuSans.ttf", "Arial Unicode.ttf", "arial.ttf")
PAPER, INK, FAINT_INK = (255, 255, 255), (24, 24, 27), (95, 95, 105)
VERDICT_INKS = {GOOD: (21, 128, 61), DOUBTFUL: (180, 83, 9), WRONG: (185, 28, 28)}
LEGEND = ((ONLY_SOURCE, "only source"), (ONLY_RENDER, "only render"))
LEGEND_KEY = 20  # pixels of a colored square with its gap
SOURCES_OF_FOCAL_LENGTHS = {
    "intrinsics": "given",
    "fov_deg": "given",
    "exif": "from EXIF",
    "assumed": "assumed",
    "sequence": "of the sequence",
}
# Where the object fills less of the image than this share, the panels show the part around it.
WHOLE_FRAME_SHARE = 0.4
WINDOW_MARGIN = 0.2  # of the object's size, on each side


def comparison_picture(image: SourceImage, render: Rgba, entry: dict[str, Any]) -> Image.Image:
    """Source, render, overlay and difference side by side, with the numbers.

    Args:
        image: The source, or ``bound_image`` of it.
        render: The mesh in the frame of the image, straight RGBA.
        entry: The sample's entry in poses.json.
    """
    left, top, right, bottom = window = panel_window(source_mask(image), render[..., 3])
    part = replace(image, rgb=image.rgb[:, top:bottom, left:right], mask=image.mask[:, top:bottom, left:right])
    source, drawn = source_picture(part), render[top:bottom, left:right]
    difference = difference_picture(part, drawn)
    panels = [_panel(pixels) for pixels in (source, render_picture(drawn), overlay_picture(source, drawn), difference)]
    return _comparison_sheet(panels, _labels(image, window, entry), entry)


def panel_window(
    first: MaskLevels, second: MaskLevels, whole_from: float = WHOLE_FRAME_SHARE
) -> tuple[int, int, int, int]:
    """The part of a frame that panels show: two masks with a margin.

    Args:
        first: A mask in the frame.
        second: Another.
        whole_from: The whole frame is shown where the part is more than this share of it.

    Returns:
        Left, top, right and bottom in pixels.
    """
    height, width = first.shape
    shown = (first > 0) | (second > 0)
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    if len(rows) == 0:
        return 0, 0, width, height
    margin = round(WINDOW_MARGIN * max(rows[-1] - rows[0], columns[-1] - columns[0])) + 4
    left, right = max(0, int(columns[0]) - margin), min(width, int(columns[-1]) + 1 + margin)
    top, bottom = max(0, int(rows[0]) - margin), min(height, int(rows[-1]) + 1 + margin)
    if (right - left) * (bottom - top) > whole_from * width * height:
        return 0, 0, width, height
    return left, top, right, bottom


def result_phrases(entry: dict[str, Any]) -> list[str]:
    """The numbers of an entry, one phrase each."""
    orbit = entry["orbit"]
    loss = "not finite" if entry["loss"] is None else f"{entry['loss']:.4g}"
    overlap = "not finite" if entry["silhouette_iou"] is None else f"{entry['silhouette_iou']:.4f}"
    return [
        f"loss {entry['loss_type']} {loss}",
        f"silhouette IoU {overlap}",
        f"focal {entry['fy']:.1f} px, {fov_phrase(entry)}",
        ", ".join(f"{name} {_degrees(orbit[f'{name}_deg'])}" for name in ("yaw", "pitch", "roll")),
        f"{sum(entry['seconds'].values()):.1f} s",
    ]


def fov_phrase(entry: dict[str, Any]) -> str:
    """The vertical field of view of an entry, how sure it is, and where it is from; or the model of a lens that bends
    it."""
    if entry.get("distortion"):
        return f"lens {entry['distortion']['model']} given"
    fov = 2 * math.degrees(math.atan(entry["height"] / (2 * entry["fy"])))
    focal = entry.get("focal")  # entries of smoothed poses have none
    if focal is None:
        return f"fov {fov:.2f}°"
    if focal["prior"] is None:
        return f"fov {fov:.2f}° {SOURCES_OF_FOCAL_LENGTHS[focal['source']]}"
    expected = SOURCES_OF_FOCAL_LENGTHS[focal["prior"]]
    return f"fov {fov:.2f} ± {focal['fov_deviation_deg']:.2f}° estimated (prior {expected})"


def _degrees(angle: float) -> str:
    return f"{round(angle, 2) + 0.0:.2f}°"  # + 0.0: a rounded -0.0 becomes 0.0


def _labels(image: SourceImage, window: tuple[int, int, int, int], entry: dict[str, Any]) -> list[str]:
    whole = window == (0, 0, image.width, image.height)
    size = f"{entry['width']} x {entry['height']}"
    return [f"source ({size})" if whole else f"source (part of {size})", "render", "overlay", "difference"]


def _panel(pixels: Rgb) -> Image.Image:
    """Scaled to the size of a panel; small images keep their pixels visible."""
    panel = image_from_pixels(pixels)
    scale = (WIDEST_PANEL if _is_wide(panel) else PANEL) / max(panel.size)
    size = (max(1, round(scale * panel.width)), max(1, round(scale * panel.height)))
    if size == panel.size:
        return panel
    return panel.resize(size, Image.Resampling.NEAREST if scale >= 4 else Image.Resampling.LANCZOS, reducing_gap=3.0)


def _comparison_sheet(panels: list[Image.Image], labels: list[str], entry: dict[str, Any]) -> Image.Image:
    """As wide as panels and texts need it, so that nothing is cut or wrapped."""
    label, number = ImageFont.load_default(LABEL_SIZE), ImageFont.load_default(NUMBER_SIZE)
    title = _fitting_title_font(entry["name"])
    verdict = verdict_line(entry)
    lines = [*filter(None, [verdict]), "    ".join(result_phrases(entry))]
    across = 1 if _is_wide(panels[0]) else len(panels)
    column = max(panels[0].width, _legend_width(label), *(round(label.getlength(text)) for text in labels))
    texts = [(entry["name"], title), *((line, number) for line in lines)]
    width = 2 * GAP + max(across * (column + GAP) - GAP, *(math.ceil(font.getlength(text)) for text, font in texts))
    top, row = GAP + TITLE_SIZE + GAP, LABEL_SIZE + GAP // 2 + panels[0].height + GAP // 2
    legend_top = top + row * math.ceil(len(panels) / across)
    numbers_top, line_height = legend_top + LABEL_SIZE + GAP, NUMBER_SIZE + GAP // 2
    sheet = Image.new("RGB", (width, numbers_top + len(lines) * line_height + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, GAP), entry["name"], INK, title)
    for index, (panel, text) in enumerate(zip(panels, labels, strict=True)):
        x, y = GAP + index % across * (column + GAP), top + index // across * row
        draw.text((x, y), text, FAINT_INK, label)
        sheet.paste(panel, (x, y + LABEL_SIZE + GAP // 2))
    _draw_legend(draw, GAP + (len(panels) - 1) % across * (column + GAP), legend_top, label)
    for index, line in enumerate(lines):
        ink = VERDICT_INKS[entry["verdict"]] if line == verdict else INK
        draw.text((GAP, numbers_top + index * line_height), line, ink, number)
    return sheet


def _is_wide(panel: Image.Image) -> bool:
    return panel.width > WIDE * panel.height


def _fitting_title_font(name: str) -> Font:
    for size in range(TITLE_SIZE, SMALLEST_TITLE - 1, -1):
        font = title_font(name, size)
        if font.getlength(name) <= WIDEST_TITLE:
            break
    return font


def title_font(text: str, size: int = TITLE_SIZE) -> Font:
    """Pillow's own font knows Latin letters only; for others a font of the system, if there is one."""
    for name in () if text.isascii() else SYSTEM_FONTS:
        with contextlib.suppress(OSError):
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)


def _legend_width(font: Font) -> int:
    return math.ceil(sum(LEGEND_KEY + font.getlength(text) + GAP for _, text in LEGEND) - GAP)


def _draw_legend(draw: ImageDraw.ImageDraw, x: float, y: float, font: Font) -> None:
    """What the colours of the difference mean."""
    for color, text in LEGEND:
        draw.rectangle((x, y + 4, x + 14, y + 18), fill=color)
        draw.text((x + LEGEND_KEY, y), text, FAINT_INK, font)
        x += LEGEND_KEY + draw.textlength(text, font) + GAP


def shorten(text: str, font: Font, width: float) -> str:
    """What of the text is not wider than ``width`` pixels, with dots for the rest."""
    while len(text) > 4 and font.getlength(text) > width:
        text = text[:-4] + "..."
    return text
