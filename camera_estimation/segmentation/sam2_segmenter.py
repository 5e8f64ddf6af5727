"""The segmenter of SAM 2.1: what a box or points mark. It knows no words."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image

from camera_estimation.segmentation.pretrained import load_network, network_version
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.segmenter import FRAME_MARGIN, Mask, Picture, PromptedSegmenter, box_window


class Sam2Segmenter(PromptedSegmenter):
    """What a box or points mark; without them, the object that fills the frame best.

    Raises as ``load_network``.
    """

    name = "sam2"
    uses_points = True

    def __init__(self, model: str, device: str) -> None:
        self.model = model
        self._network = load_network(self.name, model, device)
        self.working_size = int(self._network.processor.target_size)
        self._seen: tuple[Picture, Any] | None = None

    @property
    def version(self) -> str:  # type: ignore[override]
        return network_version(self.model)

    @torch.no_grad()
    def object_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        height, width = picture.rgb.shape[:2]
        box = prompt.box
        if box is not None:
            box_window(picture, box, margin=0.0)
        elif not prompt.points:
            across, down = FRAME_MARGIN * width, FRAME_MARGIN * height
            box = (across, down, width - across, height - down)
        prompts: dict[str, Any] = {}
        if box is not None:
            prompts["input_boxes"] = [[list(box)]]
        points = [*prompt.points, *prompt.background_points]
        if points:
            prompts["input_points"] = [[[list(point) for point in points]]]
            prompts["input_labels"] = [[[1] * len(prompt.points) + [0] * len(prompt.background_points)]]
        model, processor, device = self._network.model, self._network.processor, self._network.device
        inputs = processor(original_sizes=[[height, width]], return_tensors="pt", **prompts)
        given = {key: inputs[key].to(device) for key in prompts}
        # A single point may mean a part or the whole: of several answers the surest is taken.
        several = box is None and len(points) == 1
        outputs = model(image_embeddings=self._embeddings(picture), multimask_output=several, **given)
        logits = processor.post_process_masks(outputs.pred_masks.float().cpu(), [[height, width]], binarize=False)[0][0]
        best = int(outputs.iou_scores[0, 0].argmax())
        return logits[best].sigmoid().numpy().astype(np.float32)

    def _embeddings(self, picture: Picture) -> Any:
        """Of the picture, once for all of its prompts: they take nearly all the time."""
        if self._seen is None or self._seen[0] is not picture:
            inputs = self._network.processor(images=Image.fromarray(picture.rgb), return_tensors="pt")
            pixels = inputs["pixel_values"].to(self._network.device)
            self._seen = picture, self._network.model.get_image_embeddings(pixels)
        return self._seen[1]
