"""Terms that compare what a network sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_term
from camera_estimation.weights import files as weights

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@register_term("dreamsim")
class DreamSimTerm(LossObjective):
    """DreamSim; ``dreamsim_type`` is one of weights.py."""

    made_of = "DreamSim"
    needs = "weights of DreamSim"

    def __init__(
        self, device: str | torch.device = "cpu", dreamsim_type: str = weights.DEFAULT_VARIANT["dreamsim"]
    ) -> None:
        super().__init__(device)
        self.dreamsim_type = dreamsim_type

    @classmethod
    def networks(
        cls, dreamsim_type: str = weights.DEFAULT_VARIANT["dreamsim"], **options: Any
    ) -> Sequence[tuple[str, str]]:
        return (("dreamsim", dreamsim_type),)

    def setup_models(self) -> None:
        from camera_estimation.losses.terms.dreamsim_distance import DreamSimDistance

        self.distance = DreamSimDistance(self.dreamsim_type, self.device)

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return self.distance(rendered_image, target_image)


@register_term("lpips")
class LPIPSTerm(LossObjective):
    """LPIPS; ``net`` is vgg, alex or squeeze."""

    made_of = "LPIPS"
    needs = "weights of LPIPS"

    def __init__(self, device: str | torch.device = "cpu", net: str = weights.DEFAULT_VARIANT["lpips"]) -> None:
        super().__init__(device)
        self.net = net

    @classmethod
    def networks(cls, net: str = weights.DEFAULT_VARIANT["lpips"], **options: Any) -> Sequence[tuple[str, str]]:
        return (("lpips", net),)

    def setup_models(self) -> None:
        from camera_estimation.losses.terms.lpips_distance import LPIPSDistance

        self.distance = LPIPSDistance(self.net, self.device)

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return self.distance(rendered_image, target_image)
