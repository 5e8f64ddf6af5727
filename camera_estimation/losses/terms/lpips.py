"""LPIPS: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", 2018."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.typed_objective import TypedObjective
from camera_estimation.weights import DEFAULT_VARIANT

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_term("lpips")
class LPIPSTerm(TypedObjective):
    """LPIPS; ``net`` is vgg, alex or squeeze."""

    formula = "LPIPS"
    requirements = "weights of LPIPS"

    def __init__(self, device: str | torch.device = "cpu", net: str = DEFAULT_VARIANT["lpips"]) -> None:
        super().__init__(device)
        self.net = net

    @classmethod
    def networks(cls, net: str = DEFAULT_VARIANT["lpips"], **options: Any) -> Sequence[tuple[str, str]]:
        return (("lpips", net),)

    def setup_models(self) -> None:
        from camera_estimation.losses.terms._lpips_distance import LPIPSDistance

        self.distance = LPIPSDistance(self.net, self.device)

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        return self.distance(images.rendered_image, images.target_image)
