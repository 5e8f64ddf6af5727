"""The segmenter for backgrounds of one colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.segmenter import PromptedSegmenter, segmenter_registry

if TYPE_CHECKING:
    from camera_estimation.segmentation.picture import Mask, Picture


@segmenter_registry.register("plain")
class PlainSegmenter(PromptedSegmenter):
    """What stands out from a background of one colour; with a box, from the one that the box's border shows."""

    description = "what stands out from a background of one colour"

    def object_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        import numpy as np

        from camera_estimation.segmentation.picture import box_window
        from camera_estimation.segmentation.plain_background import plain_background_mask

        window = (slice(None), slice(None)) if prompt.box is None else box_window(picture, prompt.box)
        found = plain_background_mask(np.ascontiguousarray(picture.rgb[window]), picture.lossy)
        if found is None:
            where = "" if prompt.box is None else " in its box"
            raise InputError(
                f"{picture.path}: has no plain background{where}; give another --segmenter: rembg finds the main "
                "object, grabcut what is in a box"
            )
        mask = np.zeros(picture.rgb.shape[:2], dtype=np.float32)
        mask[window] = found / np.float32(255)
        return mask
