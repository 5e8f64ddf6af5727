"""What terms with a cost for each pixel share: the bound on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.losses.typed_objective import TypedObjective

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor


class PixelwiseTerm(TypedObjective):
    """A term with a cost for each pixel.

    Args:
        device: Where it runs.
        robust: The residual at which a pixel costs half of what it would without it; no residual costs more than twice
            that. None: no bound. For squares this is the function of Geman and McClure, "Statistical methods for
            tomographic image reconstruction", 1987.
    """

    positive_options = ("robust",)

    def __init__(self, device: str | torch.device = "cpu", robust: float | None = None) -> None:
        super().__init__(device)
        self.robust = robust


def saturate(cost: Float[Tensor, "B C H W"], scale: float | None) -> Float[Tensor, "B C H W"]:
    """Costs of pixels (not negative) that grow to ``scale`` at most, and are half of what they were there."""
    return cost if scale is None else cost * (scale / (scale + cost))
