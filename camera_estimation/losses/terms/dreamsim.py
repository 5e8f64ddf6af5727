"""DreamSim: Fu et al., "DreamSim: learning new dimensions of human visual similarity", 2023."""

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


@register_term("dreamsim")
class DreamSimTerm(TypedObjective):
    """DreamSim's distance; ``dreamsim_type`` is one of the variants of its weights."""

    formula = "DreamSim"
    requirements = "weights of DreamSim"

    def __init__(self, device: str | torch.device = "cpu", dreamsim_type: str = DEFAULT_VARIANT["dreamsim"]) -> None:
        super().__init__(device)
        self.dreamsim_type = dreamsim_type

    @classmethod
    def networks(cls, dreamsim_type: str = DEFAULT_VARIANT["dreamsim"], **options: Any) -> Sequence[tuple[str, str]]:
        return (("dreamsim", dreamsim_type),)

    def setup_models(self) -> None:
        from camera_estimation.losses.terms._dreamsim_distance import DreamSimDistance

        self.distance = DreamSimDistance(self.dreamsim_type, self.device)

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        return self.distance(images.rendered_image, images.target_image)
