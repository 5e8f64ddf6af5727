"""Terms that compare pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms import formulas as terms

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class RobustTerm(LossObjective):
    """A term with a cost for each pixel, which ``robust`` bounds: the residual at which it is halved (see terms.py)."""

    def __init__(self, device: str | torch.device = "cpu", robust: float | None = None) -> None:
        super().__init__(device)
        self.robust = robust


@register_term("l1")
class L1Term(RobustTerm):
    """Mean absolute difference of colours."""

    made_of = "L1"

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return terms.l1(rendered_image, target_image, self.robust)


@register_term("l2")
class L2Term(RobustTerm):
    """Mean squared difference of colours."""

    made_of = "L2"

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return terms.l2(rendered_image, target_image, self.robust)


@register_term("boundary")
class BoundaryTerm(RobustTerm):
    """Squared difference of the masks over the target's area."""

    made_of = "boundary"

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return terms.boundary(rendered_mask, target_mask, self.robust)


class SimilarityTerm(LossObjective):
    """One minus structural similarity (see structural_similarity.py)."""

    scales: ClassVar[int]

    def __init__(self, device: str | torch.device = "cpu") -> None:
        super().__init__(device)

    def setup_models(self) -> None:
        from camera_estimation.losses.terms.structural_similarity import StructuralSimilarity

        self.similarity = StructuralSimilarity(self.scales)

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return 1 - self.similarity(rendered_image, target_image)


@register_term("ssim")
class SSIMTerm(SimilarityTerm):
    """At one scale."""

    made_of = "1 - SSIM"
    scales = 1


@register_term("ms_ssim")
class MultiscaleSSIMTerm(SimilarityTerm):
    """At up to five scales, as many as the image has room for."""

    made_of = "1 - MS-SSIM"
    scales = 5
