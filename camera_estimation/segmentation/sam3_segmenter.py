"""The segmenter of SAM 3: everything in the picture that a word names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.segmentation.categories import BACKGROUND, FOREGROUND, LIGHTING, Category
from camera_estimation.segmentation.instances import by_owner, left_to_right, overlap_share, pieces_joined
from camera_estimation.segmentation.pretrained import load_network, network_version
from camera_estimation.segmentation.prompts import Box, ImagePrompts
from camera_estimation.segmentation.segmenter import Instances, Mask, Picture, box_window

LEAST_SCORE = 0.5  # of an instance; the network's own threshold is 0.3, which marks much that is doubtful
PERSON = "person"


class Sam3Segmenter:
    """Categories by their words. Where there are several people, what is found belongs to one of them each.

    A box says which of the objects found is meant; categories have no boxes and no points here. Raises as
    ``load_network``.
    """

    name = "sam3"

    def __init__(self, model: str, device: str) -> None:
        self.model = model
        self._network = load_network(self.name, model, device)
        self.working_size: int | None = int(self._network.processor.target_size)

    @property
    def version(self) -> str:
        return network_version(self.model)

    def can_find(self, category: Category, prompts: ImagePrompts) -> bool:
        return category.name not in (BACKGROUND, LIGHTING)

    @torch.no_grad()
    def segment(self, picture: Picture, categories: Sequence[Category]) -> Instances:
        prompt = picture.object_prompt
        if any(name != FOREGROUND for name in picture.prompts) or (not prompt.empty and prompt.box is None):
            raise InputError(f"{picture.path}: sam3 uses words and one box an image; for points, --segmenter sam2")
        seen = self._seen(picture)
        wanted = [category for category in categories if self.can_find(category, picture.prompts)]
        people = self._people(wanted, picture, seen)
        found: Instances = {PERSON: tuple(people)} if len(people) > 1 else {}
        for category in wanted:
            if category.name == FOREGROUND:
                found[FOREGROUND] = self._object(category, picture, seen, prompt.box)
            elif category.name != PERSON or PERSON not in found:
                pieces = [mask for word in category.words for mask, _ in self._named(word, picture, seen)]
                found[category.name] = tuple(by_owner(pieces, people) if people else pieces_joined(pieces))
        return found

    def _people(self, wanted: Sequence[Category], picture: Picture, seen: Any) -> list[Mask]:
        """All of them, from left to right, if anything but the object is looked for."""
        if all(category.name == FOREGROUND for category in wanted):
            return []
        return left_to_right(pieces_joined([mask for mask, _ in self._named(PERSON, picture, seen)]))

    def _object(self, category: Category, picture: Picture, seen: Any, box: Box | None) -> tuple[Mask, ...]:
        """The surest of all that the words name; with a box, the one that fills it best."""
        found = [piece for word in category.words for piece in self._named(word, picture, seen, box)]
        if not found:
            return ()
        if box is None:
            return (max(found, key=lambda piece: piece[1])[0],)
        framed = np.zeros(picture.rgb.shape[:2], dtype=np.float32)
        framed[box_window(picture, box, margin=0.0)] = 1
        return (max((mask for mask, _ in found), key=lambda mask: overlap_share(mask, framed)),)

    def _seen(self, picture: Picture) -> Any:
        """The picture as the network sees it, once for all words: it takes nearly all the time."""
        inputs = self._network.processor(images=Image.fromarray(picture.rgb), return_tensors="pt")
        return self._network.model.get_vision_features(inputs["pixel_values"].to(self._network.device))

    def _named(self, word: str, picture: Picture, seen: Any, box: Box | None = None) -> list[tuple[Mask, float]]:
        """Masks and scores of all that ``word`` names."""
        model, processor, device = self._network.model, self._network.processor, self._network.device
        size = list(picture.rgb.shape[:2])
        boxes = {} if box is None else {"input_boxes": [[list(box)]], "input_boxes_labels": [[1]]}
        inputs = processor(text=[word], original_sizes=[size], return_tensors="pt", **boxes)
        given = {key: inputs[key].to(device) for key in ("input_ids", "attention_mask", *boxes)}
        outputs = model(vision_embeds=seen, **given)
        (result,) = processor.post_process_instance_segmentation(outputs, threshold=LEAST_SCORE, target_sizes=[size])
        masks = result["masks"].float().cpu().numpy().astype(np.float32)
        return list(zip(masks, result["scores"].tolist(), strict=True))
