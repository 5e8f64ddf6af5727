"""The segmenter of SAM 2.1: what a box or points mark. It knows no words.

Ravi et al., "SAM 2: segment anything in images and videos", 2024, in the library transformers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camera_estimation.segmentation._pretrained import PretrainedSegmenter
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.segmenter import PromptedSegmenter, segmenter_registry

if TYPE_CHECKING:
    from camera_estimation.segmentation.picture import Mask, Picture


@segmenter_registry.register("sam2")
class Sam2Segmenter(PretrainedSegmenter, PromptedSegmenter):
    """What a box or points mark; without them, the object that fills the frame best."""

    architecture = "Sam2"
    description = "what a box or points mark"
    requirements = 'pip install "camera-estimation[sam]"; weights'
    default_model = "facebook/sam2.1-hiera-large"
    uses_points = True

    def __init__(self, model: str = default_model, device: str = "auto") -> None:
        super().__init__(model, device)
        self._latest: tuple[Picture, Any] | None = None  # the picture that was looked at, and its embeddings

    def object_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        import numpy as np
        import torch

        from camera_estimation.segmentation.picture import box_window, inner_frame

        height, width = picture.rgb.shape[:2]
        box = prompt.box
        if box is not None:
            box_window(picture, box, margin=0.0)
        elif not prompt.points:
            box = inner_frame(width, height)
        prompts: dict[str, Any] = {}
        if box is not None:
            prompts["input_boxes"] = [[list(box)]]
        points = [*prompt.points, *prompt.background_points]
        if points:
            prompts["input_points"] = [[[list(point) for point in points]]]
            prompts["input_labels"] = [[[1] * len(prompt.points) + [0] * len(prompt.background_points)]]
        # A single point may mean a part or the whole: of several answers the surest is taken.
        several = box is None and len(points) == 1
        with torch.no_grad():
            inputs = self._processor(original_sizes=[[height, width]], return_tensors="pt", **prompts)
            tensors = {key: inputs[key].to(self._device) for key in prompts}
            embeddings = self._embeddings(picture)
            outputs = self._network(image_embeddings=embeddings, multimask_output=several, **tensors)
            low = outputs.pred_masks.float().cpu()
            logits = self._processor.post_process_masks(low, [[height, width]], binarize=False)[0][0]
            best = int(outputs.iou_scores[0, 0].argmax())
            return logits[best].sigmoid().numpy().astype(np.float32)

    def _embeddings(self, picture: Picture) -> Any:
        """Of the picture, once for all of its prompts: they take nearly all the time."""
        from PIL import Image

        if self._latest is None or self._latest[0] is not picture:
            inputs = self._processor(images=Image.fromarray(picture.rgb), return_tensors="pt")
            pixels = inputs["pixel_values"].to(self._device)
            self._latest = picture, self._network.get_image_embeddings(pixels)
        return self._latest[1]
