"""Smaller and blurred images for the terms that ask for them, the target's made once."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses._target_cache import TargetCache


class ImagePreparation:
    """Brings images and masks to ``resolution`` pixels of the longer side, by area and never larger (0: as they come),
    then blurs them with a Gaussian of standard deviation ``blur`` in those pixels."""

    def __init__(self, resolution: int, blur: float) -> None:
        self.resolution, self.blur = resolution, blur
        self._of_target = TargetCache(self._prepare)

    def __call__(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
    ) -> tuple[
        Float[Tensor, "B 3 h w"], Float[Tensor, "#B 3 h w"], Float[Tensor, "B 1 h w"], Float[Tensor, "#B 1 h w"]
    ]:
        """The target's are the same tensors each time, so that terms can keep what they make of them."""
        image, mask = self._prepare(rendered_image), self._prepare(rendered_mask)
        return image, self._of_target(target_image), mask, self._of_target(target_mask)

    def _prepare(self, image: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C h w"]:
        from camera_estimation.losses._gaussian import blur

        longer = max(image.shape[-2:])
        if 0 < self.resolution < longer:
            size = [max(1, round(side * self.resolution / longer)) for side in image.shape[-2:]]
            image = F.interpolate(image, size, mode="area")
        return blur(image, self.blur)
