"""DreamSim with the target's embedding kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses._target_cache import TargetCache
from camera_estimation.losses.terms._dino_backbones import DREAMSIM_INPUT, load_dino_backbone
from camera_estimation.weights import load_tensors_alone, quiet_loading, weights_folder

_hub_replaced = threading.Lock()


class DreamSimDistance:
    """Calling it gives one minus the cosine of DreamSim's embeddings, as the library's own model does."""

    def __init__(self, dreamsim_type: str, device: str | torch.device) -> None:
        self.model = _load_dreamsim(dreamsim_type, str(device))
        self._target_embedding = TargetCache(self._embedding)

    def __call__(
        self, rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"]
    ) -> Float[Tensor, " B"]:
        """Distances of images in [0, 1]; gradients flow into the render only."""
        embedding = self._embedding(rendered_image)
        return 1 - F.cosine_similarity(embedding, self._target_embedding(target_image), dim=-1)

    def _embedding(self, image: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B D"]:
        return self.model.embed(network_input(image))


class PatchFeatures:
    """What the first of a DreamSim model's networks makes of each patch of an image in [0, 1], padded to a square."""

    def __init__(self, dreamsim_type: str, device: str | torch.device) -> None:
        self.model = _load_dreamsim(dreamsim_type, str(device))
        norms = [module for name, module in self.model.extractor_list[0].named_modules() if name.endswith("model.norm")]
        self._kept = threading.local()  # several threads may look at once
        norms[0].register_forward_hook(self._keep_tokens)

    def __call__(self, image: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B D h w"]:
        self.model.embed(network_input(image))
        tokens: Tensor = self._kept.__dict__.pop("tokens")
        patches = tokens[:, 1:].transpose(1, 2)  # the first is of the whole image
        side = round(patches.shape[-1] ** 0.5)
        return patches.unflatten(2, (side, side))

    def _keep_tokens(self, module: torch.nn.Module, inputs: Any, tokens: Float[Tensor, "B 1+N D"]) -> None:
        self._kept.tokens = tokens


def pad_to_square(image: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C S S"]:
    """Padded with zeros to a square, the image at its centre."""
    height, width = image.shape[-2:]
    side = max(height, width)
    left, top = (side - width) // 2, (side - height) // 2
    return F.pad(image, (left, side - width - left, top, side - height - top))


def network_input(image: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 224 224"]:
    """Images as DreamSim wants them: padded to a square with black, which is their background, and resized.

    Bicubic interpolation overshoots, hence the clamp.
    """
    size = (DREAMSIM_INPUT, DREAMSIM_INPUT)
    return F.interpolate(pad_to_square(image), size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def _load_dreamsim(dreamsim_type: str, device: str) -> Any:
    """The library's model; what it would load through torch.hub from the network is built from files."""
    folder = str(weights_folder() / "dreamsim")
    with quiet_loading(), load_tensors_alone(), _local_hub():
        from dreamsim import dreamsim

        model, _ = dreamsim(device=device, cache_dir=folder, dreamsim_type=dreamsim_type)
    return model.eval().requires_grad_(False)


@contextmanager
def _local_hub() -> Iterator[None]:
    """``torch.hub.load`` from files; DreamSim's habit of moving torch.hub's folder for good is stopped."""
    with _hub_replaced:
        load, set_dir = torch.hub.load, torch.hub.set_dir
        torch.hub.load, torch.hub.set_dir = load_dino_backbone, lambda d: None  # type: ignore[assignment]
        try:
            yield
        finally:
            torch.hub.load, torch.hub.set_dir = load, set_dir
