"""NAME_masks.png: the picture with its foreground's outline, the regions in colours, and a legend."""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw

from camera_estimation.segmentation import BACKGROUND, FOREGROUND, LIGHTING, Mask, RegionMasks, Rgb
from camera_estimation.visualization.comparison import FAINT_INK, INK, PAPER, Font, title_font
from camera_estimation.visualization.pictures import OUTLINE, OUTLINE_EDGE, blend, image_from_pixels, outline

PANEL = 640  # pixels of a panel's longer side
GAP, ROW, SWATCH = 16, 34, 20
LABEL_SIZE, NUMBER_SIZE = 18, 20
COLORS = {
    FOREGROUND: (64, 156, 255),
    BACKGROUND: (58, 62, 74),
    "face": (255, 183, 94),
    "body": (106, 200, 130),
    "clothing": (190, 110, 255),
    "hair": (214, 78, 64),
    LIGHTING: (255, 240, 60),
}
# Of the user's own categories, in their order.
OTHER_COLORS = ((0, 190, 190), (240, 120, 190), (150, 170, 40), (120, 130, 250), (200, 140, 90), (90, 220, 220))
SHARE = 0.6  # of a region's colour over the picture
STRIPE = 10  # pixels from one stripe of the lighting to the next
STRIPE_SHARE = 0.9
INSTANCE = re.compile(r"(?P<category>.+)_(?P<number>\d+)")


def mask_preview(rgb: Rgb, regions: RegionMasks) -> Image.Image:
    """The foreground's outline and the regions in colours, and below them each region's name and share.

    Args:
        rgb: The picture.
        regions: Its masks, the foreground among them.
    """
    size = _panel_size(rgb)
    shown = np.asarray(image_from_pixels(rgb).resize(size, Image.Resampling.LANCZOS))
    masks = {name: _resize_coverage(mask, size) for name, mask in regions.masks.items()}
    colors = _colors([name for name in masks if not _is_instance(name, masks)])
    painted = image_from_pixels(_paint_regions(shown, masks, colors))
    _number_instances(painted, masks)
    panels = [image_from_pixels(_draw_outline(shown, masks[FOREGROUND])), painted]
    entries = [(colors[name], f"{name} {100 * float(regions.masks[name].mean()):.1f} %") for name in colors]
    return _preview_sheet(panels, entries, regions)


def _panel_size(rgb: Rgb) -> tuple[int, int]:
    height, width = rgb.shape[:2]
    scale = PANEL / max(height, width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _resize_coverage(mask: Float[np.ndarray, "H W"], size: tuple[int, int]) -> Float[np.ndarray, "h w"]:
    levels = Image.fromarray(np.round(255 * mask).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(levels, dtype=np.float32) / 255


def _is_instance(name: str, masks: dict[str, Mask]) -> bool:
    match = INSTANCE.fullmatch(name)
    return match is not None and match["category"] in masks


def _colors(names: list[str]) -> dict[str, tuple[int, int, int]]:
    own = [name for name in names if name not in COLORS]
    others = {name: OTHER_COLORS[index % len(OTHER_COLORS)] for index, name in enumerate(own)}
    return {name: COLORS.get(name) or others[name] for name in names}


def _draw_outline(rgb: Rgb, foreground: Mask) -> Rgb:
    shown = rgb.copy()
    levels = np.round(255 * foreground).astype(np.uint8)
    shown[outline(levels, 4)] = OUTLINE_EDGE
    shown[outline(levels, 2)] = OUTLINE
    return shown


def _paint_regions(rgb: Rgb, masks: dict[str, Mask], colors: dict[str, tuple[int, int, int]]) -> Rgb:
    """The regions over the picture in grey, each in its colour of the legend: smaller ones lie on larger ones, and
    lighting in stripes on all."""
    gray = rgb.astype(np.float32).mean(-1, keepdims=True).repeat(3, -1)
    shown = (0.35 * 255 + 0.65 * gray).astype(np.uint8)
    paint, coverage = np.zeros_like(shown), np.zeros(shown.shape[:2], dtype=np.float32)
    for name in sorted((name for name in colors if name != LIGHTING), key=lambda name: -float(masks[name].sum())):
        paint = blend(paint, np.full_like(paint, colors[name]), np.where(coverage > 0, masks[name], 1.0))
        coverage = np.maximum(coverage, masks[name])
    shown = blend(shown, paint, SHARE * coverage)
    if LIGHTING in masks:
        rows, columns = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
        stripes = (rows + columns) % STRIPE < STRIPE / 2
        shown = blend(shown, np.full_like(shown, colors[LIGHTING]), STRIPE_SHARE * masks[LIGHTING] * stripes)
    return shown


def _number_instances(painted: Image.Image, masks: dict[str, Mask]) -> None:
    draw, font = ImageDraw.Draw(painted), title_font("", NUMBER_SIZE)
    for name, mask in masks.items():
        match = INSTANCE.fullmatch(name)
        if match is None or match["category"] not in masks or not mask.any():
            continue
        rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
        center = float((columns * mask).sum() / mask.sum()), float((rows * mask).sum() / mask.sum())
        draw.text(center, match["number"], PAPER, font, anchor="mm", stroke_width=2, stroke_fill=INK)


def _preview_sheet(
    panels: list[Image.Image], entries: list[tuple[tuple[int, int, int], str]], regions: RegionMasks
) -> Image.Image:
    font = title_font("", LABEL_SIZE)
    width = max(sum(panel.width for panel in panels) + GAP * (len(panels) + 1), 480)
    rows = _rows(entries, width - 2 * GAP, font)
    lacking = [*regions.missing, *regions.unsought]
    note = f"not found: {', '.join(lacking)}" if lacking else ""
    height = panels[0].height + 2 * GAP + ROW * (len(rows) + bool(note)) + GAP // 2
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    left = (width - sum(panel.width for panel in panels) - GAP * (len(panels) - 1)) // 2
    for panel in panels:
        sheet.paste(panel, (left, GAP))
        left += panel.width + GAP
    top = panels[0].height + 2 * GAP
    for row in rows:
        left = GAP
        for color, label in row:
            draw.rectangle((left, top, left + SWATCH, top + SWATCH), fill=color, outline=INK)
            draw.text((left + SWATCH + 8, top + SWATCH / 2), label, fill=INK, font=font, anchor="lm")
            left += _entry_width(label, font)
        top += ROW
    if note:
        draw.text((GAP, top + SWATCH / 2), note, fill=FAINT_INK, font=font, anchor="lm")
    return sheet


def _rows(
    entries: list[tuple[tuple[int, int, int], str]], width: int, font: Font
) -> list[list[tuple[tuple[int, int, int], str]]]:
    rows: list[list[tuple[tuple[int, int, int], str]]] = [[]]
    used = 0
    for entry in entries:
        needed = _entry_width(entry[1], font)
        if rows[-1] and used + needed > width:
            rows.append([])
            used = 0
        rows[-1].append(entry)
        used += needed
    return rows


def _entry_width(label: str, font: Font) -> int:
    return SWATCH + 8 + round(font.getlength(label)) + 28
