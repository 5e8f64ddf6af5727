"""Features of an image's patches by DINOv2: Oquab et al., "DINOv2: Learning robust visual features without
supervision", 2024."""

from __future__ import annotations

from typing import Any

import timm
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.weights import quiet_loading, read_state_dict, weight_files

PATCH = 14  # pixels a side
MODELS = {
    "vits14": "vit_small_patch14_dinov2",
    "vitb14": "vit_base_patch14_dinov2",
    "vitl14": "vit_large_patch14_dinov2",
}
# Of the colours that the networks were trained on: ImageNet's.
COLOR_MEAN, COLOR_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class DINOv2Patches:
    """Calling it gives the normalized tokens of the patches.

    Args:
        variant: Of the network "dinov2".
        layer: After which of its blocks the tokens are taken.
        patches: Along the longer side of an image.
        device: Where it runs.
    """

    def __init__(self, variant: str, layer: int, patches: int, device: str | torch.device) -> None:
        self.patches = patches
        self.model = _load_dinov2(variant, layer).to(device)

    def __call__(self, image: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B D h w"]:
        """Of images in [0, 1], which are resized to whole patches."""
        longer = max(image.shape[-2:])
        rows, columns = (max(1, round(self.patches * side / longer)) for side in image.shape[-2:])
        image = F.interpolate(image, (PATCH * rows, PATCH * columns), mode="bilinear", antialias=True)
        mean, deviation = (image.new_tensor(values)[:, None, None] for values in (COLOR_MEAN, COLOR_DEVIATION))
        tokens = self.model.forward_features((image - mean) / deviation)
        of_patches = tokens[:, self.model.num_prefix_tokens :]
        return of_patches.transpose(1, 2).unflatten(2, (rows, columns))


def _load_dinov2(variant: str, layer: int) -> Any:
    """The first ``layer`` blocks and the last normalization."""
    (file,) = weight_files("dinov2", variant)
    state = read_state_dict(file.require())
    with quiet_loading(), torch.device("meta"):
        model: Any = timm.create_model(MODELS[variant], pretrained=False, num_classes=0, dynamic_img_size=True)
    del state["mask_token"]  # is used in training only
    model.load_state_dict(state, assign=True)
    model.blocks = model.blocks[:layer]
    return model.eval().requires_grad_(False)
