"""LPIPS with the target's features kept."""

from __future__ import annotations

from pathlib import Path

import lpips
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses._target_cache import TargetCache
from camera_estimation.weights import lpips_trunk_shapes, quiet_loading, read_state_dict, weight_files

SMALLEST = 32  # pixels of the shorter side: AlexNet's trunk needs 31
_LPIPS_EPSILON = 1e-10  # of lpips.normalize_tensor
_TINY = 1e-30


class LPIPSDistance:
    """Calling it gives the values of ``lpips.LPIPS(net=net)(rendered, target, normalize=True)``, one per image."""

    def __init__(self, net: str, device: str | torch.device) -> None:
        self.model = _load_lpips(net).to(device)
        self.target_features = TargetCache(self.features)

    def __call__(
        self, rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"]
    ) -> Float[Tensor, " B"]:
        """Distances of images in [0, 1]; gradients flow into the render only."""
        layers = zip(self.model.lins, self.features(rendered_image), self.target_features(target_image), strict=True)
        return sum(head((seen - wanted).square()).mean((1, 2, 3)) for head, seen, wanted in layers)

    def features(self, image: Float[Tensor, "B 3 H W"]) -> list[Float[Tensor, "B C h w"]]:
        """Unit feature vectors of every layer."""
        scaled = self.model.scaling_layer(2 * _at_least_smallest(image) - 1)
        return [_unit_vectors(features) for features in self.model.net(scaled)]


def _at_least_smallest(image: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B 3 H W"]:
    shorter = min(image.shape[-2:])
    if shorter >= SMALLEST:
        return image
    size = [max(SMALLEST, round(side * SMALLEST / shorter)) for side in image.shape[-2:]]
    return F.interpolate(image, size, mode="bilinear", align_corners=False)


def _unit_vectors(features: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C h w"]:
    """``lpips.normalize_tensor``, whose gradient is not a number where no channel is active (black background)."""
    norm = features.square().sum(1, keepdim=True).clamp(min=_TINY).sqrt()
    return features / (norm + _LPIPS_EPSILON)


def _load_lpips(net: str) -> lpips.LPIPS:
    """The library's model with its own heads and the trunk's file, without filling a whole classifier first."""
    (file,) = weight_files("lpips", net)
    trunk = read_state_dict(file.require())
    heads = read_state_dict(Path(lpips.__file__).parent / "weights" / "v0.1" / f"{net}.pth")
    with quiet_loading(), torch.device("meta"):
        model = lpips.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False)
    own_names = zip(model.net.state_dict(), lpips_trunk_shapes(net), strict=True)
    model.net.load_state_dict({name: trunk[file_name] for name, file_name in own_names}, assign=True)
    model.load_state_dict(heads, strict=False, assign=True)
    return model.eval().requires_grad_(False)
