"""The segmenter of SAM 3: everything in the picture that a word names.

Carion et al., "SAM 3: segment anything with concepts", 2025, in the library transformers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from camera_estimation.errors import InputError
from camera_estimation.segmentation._pretrained import PretrainedSegmenter
from camera_estimation.segmentation.categories import BACKGROUND, FOREGROUND, LIGHTING, Category
from camera_estimation.segmentation.prompts import Box, ImagePrompts
from camera_estimation.segmentation.segmenter import segmenter_registry

if TYPE_CHECKING:
    from camera_estimation.segmentation.picture import Instances, Mask, Picture

LEAST_SCORE = 0.5  # of an instance; the network's own threshold is 0.3, which marks much that is doubtful
PERSON = "person"


@segmenter_registry.register("sam3")
class Sam3Segmenter(PretrainedSegmenter):
    """Categories by their words. Where there are several people, what is found belongs to one of them each.

    A box says which of the objects found is meant; categories have no boxes and no points here.
    """

    architecture = "Sam3"
    description = "everything that a word names"
    requirements = 'pip install "camera-estimation[sam]"; weights, which are gated'
    default_model = "facebook/sam3"
    gated = (default_model,)

    def can_find(self, category: Category, prompts: ImagePrompts) -> bool:
        return category.name not in (BACKGROUND, LIGHTING)

    def segment(self, picture: Picture, categories: Sequence[Category]) -> Instances:
        import torch

        from camera_estimation.segmentation._instances import by_owner, join_pieces

        prompt = picture.object_prompt
        if any(name != FOREGROUND for name in picture.prompts) or (not prompt.empty and prompt.box is None):
            raise InputError(f"{picture.path}: sam3 uses words and one box an image; for points, --segmenter sam2")
        with torch.no_grad():
            features = self._features(picture)
            wanted = [category for category in categories if self.can_find(category, picture.prompts)]
            people = self._people(wanted, picture, features)
            found: Instances = {PERSON: tuple(people)} if len(people) > 1 else {}
            for category in wanted:
                if category.name == FOREGROUND:
                    found[FOREGROUND] = self._object(category, picture, features, prompt.box)
                elif category.name != PERSON or PERSON not in found:
                    pieces = [mask for word in category.words for mask, _ in self._find(word, picture, features)]
                    found[category.name] = tuple(by_owner(pieces, people) if people else join_pieces(pieces))
        return found

    def _people(self, wanted: Sequence[Category], picture: Picture, features: Any) -> list[Mask]:
        """All of them, from left to right, if anything but the object is looked for."""
        from camera_estimation.segmentation._instances import join_pieces

        if all(category.name == FOREGROUND for category in wanted):
            return []
        return join_pieces([mask for mask, _ in self._find(PERSON, picture, features)])

    def _object(self, category: Category, picture: Picture, features: Any, box: Box | None) -> tuple[Mask, ...]:
        """The surest of all that the words name; with a box, the one that fills it best."""
        import numpy as np

        from camera_estimation.segmentation._instances import overlap_share
        from camera_estimation.segmentation.picture import box_window

        found = [piece for word in category.words for piece in self._find(word, picture, features, box)]
        if not found:
            return ()
        if box is None:
            return (max(found, key=lambda piece: piece[1])[0],)
        framed = np.zeros(picture.rgb.shape[:2], dtype=np.float32)
        framed[box_window(picture, box, margin=0.0)] = 1
        return (max((mask for mask, _ in found), key=lambda mask: overlap_share(mask, framed)),)

    def _features(self, picture: Picture) -> Any:
        """The picture as the network sees it, once for all words: it takes nearly all the time."""
        from PIL import Image

        inputs = self._processor(images=Image.fromarray(picture.rgb), return_tensors="pt")
        return self._network.get_vision_features(inputs["pixel_values"].to(self._device))

    def _find(self, word: str, picture: Picture, features: Any, box: Box | None = None) -> list[tuple[Mask, float]]:
        """Masks and scores of all that ``word`` names."""
        import numpy as np

        size = list(picture.rgb.shape[:2])
        boxes = {} if box is None else {"input_boxes": [[list(box)]], "input_boxes_labels": [[1]]}
        inputs = self._processor(text=[word], original_sizes=[size], return_tensors="pt", **boxes)
        tensors = {key: inputs[key].to(self._device) for key in ("input_ids", "attention_mask", *boxes)}
        outputs = self._network(vision_embeds=features, **tensors)
        (result,) = self._processor.post_process_instance_segmentation(
            outputs, threshold=LEAST_SCORE, target_sizes=[size]
        )
        masks = result["masks"].float().cpu().numpy().astype(np.float32)
        return list(zip(masks, result["scores"].tolist(), strict=True))
