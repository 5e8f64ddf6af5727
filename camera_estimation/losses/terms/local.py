"""Terms that compare what is about each pixel, at several scales; all but ``gradient`` whatever the light."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_term

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from camera_estimation.losses.terms.scale_pyramid import PyramidComparison


class PyramidTerm(LossObjective):
    """A term whose ``setup_models`` makes ``comparison``."""

    comparison: PyramidComparison

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return self.comparison(rendered_image, target_image)


@register_term("gradient")
class GradientTerm(PyramidTerm):
    """Difference of image gradients: of edges. ``robust`` in brightness per pixel (see terms.py)."""

    made_of = "gradient"

    def __init__(self, device: str | torch.device = "cpu", scales: int = 4, robust: float | None = None) -> None:
        super().__init__(device)
        self.scales, self.robust = scales, robust

    def setup_models(self) -> None:
        from camera_estimation.losses.terms.edges import gradient_difference, image_gradients
        from camera_estimation.losses.terms.scale_pyramid import PyramidComparison

        self.comparison = PyramidComparison(
            self.scales, image_gradients, partial(gradient_difference, robust=self.robust)
        )


@register_term("census")
class CensusTerm(PyramidTerm):
    """Difference of soft census transforms. ``radius`` in pixels; ``contrast`` is the brightness that counts."""

    made_of = "census"

    def __init__(
        self, device: str | torch.device = "cpu", scales: int = 4, radius: int = 2, contrast: float = 0.02
    ) -> None:
        super().__init__(device)
        self.scales, self.radius, self.contrast = scales, radius, contrast

    def setup_models(self) -> None:
        from camera_estimation.losses.terms.census import census_difference, census_transform
        from camera_estimation.losses.terms.scale_pyramid import PyramidComparison

        features = partial(census_transform, radius=self.radius, contrast=self.contrast)
        self.comparison = PyramidComparison(self.scales, features, census_difference)


@register_term("ncc")
class CorrelationTerm(PyramidTerm):
    """One minus local normalised cross-correlation. ``window`` in pixels."""

    made_of = "1 - NCC"

    def __init__(self, device: str | torch.device = "cpu", scales: int = 4, window: int = 9) -> None:
        super().__init__(device)
        self.scales, self.window = scales, window

    def setup_models(self) -> None:
        from camera_estimation.losses.terms.correlation import decorrelation, local_contrast
        from camera_estimation.losses.terms.scale_pyramid import PyramidComparison

        features = partial(local_contrast, window=self.window)
        self.comparison = PyramidComparison(self.scales, features, decorrelation)
