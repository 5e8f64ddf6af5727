"""evidence.png: the depth that was given beside the render's, and how much each pixel counted."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageDraw
from torch import Tensor

from camera_estimation.estimation import CameraEstimate, estimate_in_window
from camera_estimation.images import SourceImage, TargetView, look_through, make_target
from camera_estimation.losses import align_depth
from camera_estimation.rendering import Renderer
from camera_estimation.visualization.comparison import (
    FAINT_INK,
    GAP,
    INK,
    LABEL_SIZE,
    PAPER,
    TITLE_SIZE,
    title_font,
)
from camera_estimation.visualization.pictures import Rgb, image_from_pixels

PANEL = 384  # pixels of the longer side
NEARER, FARTHER = (40, 120, 255), (255, 60, 40)
SHOWN_TOLERANCES = 3.0  # the difference that has the full colour
WEIGHT_SHARE = 0.65  # of the colour of a weight over the source
NOTHING = 235  # grey where nothing is known


@torch.no_grad()
def evidence_picture(estimate: CameraEstimate, image: SourceImage, renderer: Renderer, name: str) -> Image.Image | None:
    """Panels of the window around the object.

    Args:
        estimate: The pose.
        image: With its evidence.
        renderer: Of the mesh.
        name: The title.

    Returns:
        The picture; None if neither depth nor weights of pixels were given.
    """
    if image.evidence.depth is None and image.evidence.weight is None:
        return None
    if estimate.window is not None:
        image, estimate = look_through(image, estimate.window), estimate_in_window(estimate)
    mesh, config = renderer.mesh, estimate.config.evidence
    view = make_target(image, mesh.device, mesh, config).view(PANEL)
    panels: list[tuple[str, Rgb]] = [("source", _rgb(view.rgba[0, :3] + (1 - view.rgba[0, 3:]) * NOTHING / 255))]
    note = ""
    if view.evidence.depth is not None:
        camera = view.camera(mesh.to_normalized(estimate.camera)).to(mesh.device, torch.float32)
        _, points = renderer.draw(camera)
        measured, seen = align_depth(view.evidence.depth, points, config.depth_tolerance)
        label = "measured depth" if view.evidence.depth.kind == "metric" else "measured depth, fitted"
        panels += _depth_panels(label, measured, seen, points[:, 3:4], config.depth_tolerance)
        note = _note(estimate.depth_difference, config.depth_tolerance * mesh.radius)
    if image.evidence.weight is not None:
        panels.append(("pixels count: blue 0, yellow 1", _weight_panel(view)))
    return _evidence_sheet(name, panels, note)


def _depth_panels(
    label: str,
    measured: Float[Tensor, "1 1 H W"],
    seen: Float[Tensor, "1 1 H W"],
    rendered: Float[Tensor, "1 1 H W"],
    tolerance: float,
) -> list[tuple[str, Rgb]]:
    both = torch.cat([measured[seen > 0], rendered[rendered > 0]])
    low, high = (float(both.min()), float(both.max())) if len(both) else (0.0, 1.0)
    off = (rendered - measured) / (SHOWN_TOLERANCES * tolerance)
    return [
        (label, _color_depth(measured, seen, low, high)),
        ("rendered depth", _color_depth(rendered, rendered > 0, low, high)),
        ("difference", _difference(off, seen)),
    ]


def _color_depth(depth: Tensor, known: Tensor, low: float, high: float) -> Rgb:
    levels = (255 * (1 - (depth[0, 0] - low) / max(high - low, 1e-6))).clamp(0, 255).byte().cpu().numpy()
    colors = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1]
    return np.where(known[0, 0].bool().cpu().numpy()[..., None], colors, np.uint8(NOTHING)).astype(np.uint8)


def _difference(off: Tensor, seen: Tensor) -> Rgb:
    share = off[0, 0].clamp(-1, 1).cpu().numpy()[..., None]
    color = np.where(share < 0, np.array(NEARER), np.array(FARTHER))
    blended = 255 + np.abs(share) * (color - 255.0)
    return np.where(seen[0, 0].bool().cpu().numpy()[..., None], blended, NOTHING).round().astype(np.uint8)


def _weight_panel(view: TargetView) -> Rgb:
    """Dark blue where pixels count for nothing, yellow where they count most, over the source in grey."""
    levels = (255 * view.pixel_weight[0, 0]).round().clamp(0, 255).byte().cpu().numpy()
    colors = cv2.applyColorMap(levels, cv2.COLORMAP_CIVIDIS)[..., ::-1]
    gray = _rgb(view.rgba[0, :3] + (1 - view.rgba[0, 3:]) * NOTHING / 255).mean(-1, keepdims=True)
    return ((1 - WEIGHT_SHARE) * gray + WEIGHT_SHARE * colors).round().astype(np.uint8)


def _rgb(image: Float[Tensor, "3 H W"]) -> Rgb:
    return (image.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()


def _note(difference: float | None, tolerance: float) -> str:
    """What poses.json says of the difference, and what the colors mean; both in world units."""
    if difference is None:
        return "the render covers no pixel of known depth"
    full = SHOWN_TOLERANCES * tolerance
    return f"median difference {difference:.3g}; blue: rendered nearer, red: farther, full at {full:.3g}"


def _evidence_sheet(name: str, panels: list[tuple[str, Rgb]], note: str) -> Image.Image:
    title, label = title_font(name), title_font("", LABEL_SIZE)
    height, column = panels[0][1].shape[0], max(panels[0][1].shape[1], 240)
    top = GAP + TITLE_SIZE + GAP + LABEL_SIZE + GAP // 2
    width = max(GAP + len(panels) * (column + GAP), round(label.getlength(note)) + 2 * GAP)
    sheet = Image.new("RGB", (width, top + height + (LABEL_SIZE + GAP if note else 0) + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, GAP), name, INK, title)
    for index, (text, pixels) in enumerate(panels):
        x = GAP + index * (column + GAP)
        draw.text((x, top - LABEL_SIZE - GAP // 2), text, FAINT_INK, label)
        sheet.paste(image_from_pixels(pixels), (x, top))
    draw.text((GAP, top + height + GAP // 2), note, INK, label)
    return sheet
