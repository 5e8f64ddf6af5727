"""The segmenter that needs no network: GrabCut from boxes and points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.segmenter import PromptedSegmenter, segmenter_registry

if TYPE_CHECKING:
    from camera_estimation.segmentation.picture import Mask, Picture


@segmenter_registry.register("grabcut")
class GrabcutSegmenter(PromptedSegmenter):
    """What differs in colour from all that is outside of the box, or from the picture's border."""

    description = "what differs in colour from all that is outside of a box"
    requirements = "nothing; boxes or points help much"
    uses_points = True

    def __init__(self, model: str = "", device: str = "auto") -> None:
        from camera_estimation.segmentation.grabcut import LONGEST_SIDE

        super().__init__(model, device)
        self.working_size = LONGEST_SIDE

    def object_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        import numpy as np

        from camera_estimation.segmentation.grabcut import discs, grabcut
        from camera_estimation.segmentation.picture import box_window, inner_frame

        shape = picture.rgb.shape[:2]
        height, width = shape
        box = inner_frame(width, height) if prompt.box is None else prompt.box
        possible = np.zeros(shape, dtype=bool)
        possible[box_window(picture, box, margin=0.0)] = True
        certain = discs(prompt.points, shape)
        possible = (possible | certain) & ~discs(prompt.background_points, shape)
        found = grabcut(picture.rgb, likely=possible, possible=possible, certain=certain & possible)
        return found.astype(np.float32)
