"""The segmenter that needs no network: GrabCut from boxes and points."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from camera_estimation.segmentation.grabcut import LONGEST_SIDE, grabcut
from camera_estimation.segmentation.prompts import Point, Prompt
from camera_estimation.segmentation.segmenter import FRAME_MARGIN, Mask, Picture, PromptedSegmenter, box_window

POINT_REACH = 0.01  # of the picture's longer side: what is this near to a point is as it says


class GrabcutSegmenter(PromptedSegmenter):
    """What differs in colour from all that is outside of the box, or from the picture's border."""

    name = "grabcut"
    working_size: int | None = LONGEST_SIDE
    uses_points = True

    def object_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        shape = picture.rgb.shape[:2]
        height, width = shape
        box = prompt.box
        if box is None:
            box = FRAME_MARGIN * width, FRAME_MARGIN * height, (1 - FRAME_MARGIN) * width, (1 - FRAME_MARGIN) * height
        possible = np.zeros(shape, dtype=bool)
        possible[box_window(picture, box, margin=0.0)] = True
        certain = _near(prompt.points, shape)
        possible = (possible | certain) & ~_near(prompt.background_points, shape)
        found = grabcut(picture.rgb, likely=possible, possible=possible, certain=certain & possible)
        return found.astype(np.float32)


def _near(points: tuple[Point, ...], shape: tuple[int, int]) -> Bool[np.ndarray, "H W"]:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    reach = max(2.0, POINT_REACH * max(shape))
    near = np.zeros(shape, dtype=bool)
    for x, y in points:
        near |= (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 <= reach**2
    return near
