"""Where light, rather than the object's own colour, makes the picture: highlights, shadows and their edges."""

from __future__ import annotations

from typing import Any

import numpy as np

from camera_estimation.segmentation.picture import Mask, Rgb

# Intensity (0 to 1) at which a highlight begins and is certain, and a shadow ends and is certain.
HIGHLIGHT = (0.82, 0.95)
SHADOW = (0.22, 0.10)
PALE = 0.35  # saturation from which something bright is colour, not light
CANNY = (40, 120)  # levels; thresholds of hysteresis
SMOOTHING = 2.0  # pixels at SIZE (standard deviation): woven cloth has no edges
EDGE_REACH = 1.5  # pixels at SIZE (standard deviation) to which an edge is spread
FULL_EDGE = 0.5  # slope, as a share of a black and white edge's, that counts in full
SIZE = 512  # pixels of the longer side at which edges are sought: those of a picture, not of its noise


def lighting_mask(rgb: Rgb) -> Mask:
    """Highlights and shadows by intensity, and edges (Sobel's slope along Canny's lines) at which intensity changes
    more than hue does: there light changes, not material."""
    import cv2

    height, width = rgb.shape[:2]
    scale = min(1.0, SIZE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA)
    color = small.astype(np.float32) / 255
    intensity = cv2.cvtColor(color, cv2.COLOR_RGB2GRAY)
    saturation = color.max(-1) - color.min(-1)
    highlights = _ramp(intensity, *HIGHLIGHT) * _ramp(saturation, PALE, 0.5 * PALE)
    found = np.maximum.reduce([highlights, _ramp(intensity, *SHADOW), _light_edges(small, color, intensity)])
    return np.clip(cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1).astype(np.float32)


def _light_edges(small: Rgb, color: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    import cv2

    smooth = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (0, 0), SMOOTHING)
    lines = (cv2.Canny(smooth, *CANNY) > 0).astype(np.float32)
    hue = color / np.maximum(color.sum(-1, keepdims=True), 0.05)
    slope, hue_slope = _slope(intensity), np.max([_slope(hue[..., channel]) for channel in range(3)], axis=0)
    of_light = np.clip(1 - hue_slope / np.maximum(slope, 1e-3), 0, 1)
    edges = cv2.GaussianBlur(lines * np.clip(slope / FULL_EDGE, 0, 1) * of_light, (0, 0), EDGE_REACH)
    return np.clip(edges * EDGE_REACH * np.sqrt(2 * np.pi), 0, 1)  # a line alone keeps its value


def _slope(values: np.ndarray) -> np.ndarray:
    """Sobel's gradient; 1 is an edge from 0 to 1."""
    import cv2

    values = np.ascontiguousarray(values, dtype=np.float32)
    across: Any = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=0.25)
    down: Any = cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=0.25)
    return np.hypot(across, down)


def _ramp(values: np.ndarray, start: float, end: float) -> np.ndarray:
    """0 at ``start``, 1 at ``end``, whichever is greater."""
    return np.clip((values - start) / (end - start), 0, 1)
