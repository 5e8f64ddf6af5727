"""What terms that compare local features at several scales share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from camera_estimation.losses.typed_objective import TypedObjective

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext

SMALLEST = 16  # pixels of the shorter side of a scale beside the first


class PyramidTerm(TypedObjective):
    """The mean over scales of the difference of local features. The target's features are kept.

    Args:
        device: Where it runs.
        scales: Each is half the one before, by area; so many of them, or as many as the image has room for.
    """

    positive_options: ClassVar[tuple[str, ...]] = ("scales",)

    def __init__(self, device: str | torch.device = "cpu", scales: int = 4) -> None:
        super().__init__(device)
        self.scales = scales

    @abstractmethod
    def features(self, image: Float[Tensor, "B 3 H W"]) -> Any:
        """What is compared, of images at one scale."""

    @abstractmethod
    def difference(self, rendered: Any, target: Any) -> Float[Tensor, " B"]:
        """Of the features of both at one scale."""

    def setup_models(self) -> None:
        from camera_estimation.losses._target_cache import TargetCache

        self._target_features = TargetCache(self._scale_features)

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        """Gradients flow into the render only."""
        import torch

        rendered, target = self._scale_features(images.rendered_image), self._target_features(images.target_image)
        return torch.stack([self.difference(*pair) for pair in zip(rendered, target, strict=True)]).mean(0)

    def _scale_features(self, image: Float[Tensor, "B 3 H W"]) -> list[Any]:
        from torch.nn import functional as F

        found = [self.features(image)]
        while len(found) < self.scales and min(image.shape[-2:]) >= 2 * SMALLEST:
            image = F.avg_pool2d(image, 2)
            found.append(self.features(image))
        return found
