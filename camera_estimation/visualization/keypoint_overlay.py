"""Keypoints drawn over a picture: where they were given, where the pose puts them, and how far apart these are."""

from __future__ import annotations

import math

from jaxtyping import Bool, Float
from PIL import Image, ImageDraw
from torch import Tensor

from camera_estimation.images import Keypoints
from camera_estimation.visualization._keypoint_marks import TEXT, LabeledMark, Pen, draw_legend, freest_box
from camera_estimation.visualization.comparison import shorten, title_font

# Told apart also by those who see no difference of red and green (after Okabe and Ito's palette).
IN_USE, REJECTED = (86, 220, 255, 255), (255, 150, 20, 255)
MARK_SHARE = 1 / 70  # of the picture's longer side: the radius of a circle
SMALLEST_MARK, SMALLEST_TEXT = 4.0, 10  # pixels
# Pictures up to this size are drawn at twice the size and shrunk, for smooth lines.
SMOOTH_UP_TO = 2500
LONGEST_NAME = 12  # radii of a circle


def draw_keypoints(
    picture: Image.Image,
    keypoints: Keypoints,
    projected: Float[Tensor, "N 2"],
    rejected: Bool[Tensor, " N"],
    hidden: Bool[Tensor, " N"],
) -> Image.Image:
    """A copy of a picture, RGB, with its keypoints.

    Given points are crosses, the same points as the pose projects them circles, joined by a line, with name and
    distance in pixels. A legend gives the mean error of the points in use.

    Args:
        picture: The image.
        keypoints: As they were given.
        projected: By the pose, in pixels of the picture; not finite where there is no projection.
        rejected: What the pose does not follow, which has another colour.
        hidden: What is on surfaces that the camera does not see, which is hollow and dashed.
    """
    factor = 2 if max(picture.size) <= SMOOTH_UP_TO else 1
    layer = Image.new("RGBA", (factor * picture.width, factor * picture.height), (0, 0, 0, 0))
    pen = _pen(layer, factor, keypoints.names)
    errors = (projected.to(keypoints.uv) - keypoints.uv).norm(dim=-1).tolist()
    colors = [REJECTED if is_rejected else IN_USE for is_rejected in rejected.tolist()]
    crosses = [(factor * u, factor * v) for u, v in keypoints.uv.tolist()]
    circles = [(factor * u, factor * v) for u, v in projected.tolist()]
    taken = []
    for cross, circle, error, color, dashed in zip(crosses, circles, errors, colors, hidden.tolist(), strict=True):
        if math.isfinite(error):
            pen.join(cross, circle, color)
            pen.circle(circle, color, dashed)
            taken.append(pen.box_around(circle))
        pen.cross(cross, color, dashed)
        taken.append(pen.box_around(cross))
    for name, cross, error, color in zip(keypoints.names, crosses, errors, colors, strict=True):
        shown = f"{error:.1f} px" if math.isfinite(error) else "behind the camera"
        text = f"{shorten(name, pen.font, LONGEST_NAME * pen.radius)}: {shown}"
        taken.append(freest_box(pen.boxes_beside(cross, text), layer.size, taken))
        pen.label(taken[-1], text, REJECTED if color == REJECTED else TEXT)
    draw_legend(pen, layer.size, _legend(errors, rejected, hidden), taken)
    layer = layer.resize(picture.size, Image.Resampling.BOX) if factor > 1 else layer
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _pen(layer: Image.Image, factor: int, names: tuple[str, ...]) -> Pen:
    radius = max(factor * SMALLEST_MARK, MARK_SHARE * max(layer.size))
    text_size = max(factor * SMALLEST_TEXT, round(1.5 * radius))
    return Pen(ImageDraw.Draw(layer), radius, title_font(" ".join(names), text_size))


def _legend(errors: list[float], rejected: Bool[Tensor, " N"], hidden: Bool[Tensor, " N"]) -> list[LabeledMark]:
    used = [
        error
        for error, is_rejected in zip(errors, rejected.tolist(), strict=True)
        if not is_rejected and math.isfinite(error)
    ]
    mean = f"mean error {sum(used) / len(used):.1f} px, {len(used)} in use" if used else "no point in use"
    rows: list[LabeledMark] = [(mean, None, False), ("given, projected", IN_USE, False)]
    if rejected.any():
        rows.append(("rejected", REJECTED, False))
    if hidden.any():
        rows.append(("on a hidden surface", IN_USE, True))
    return rows
