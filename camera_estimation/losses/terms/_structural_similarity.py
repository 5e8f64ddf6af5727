"""SSIM and MS-SSIM of images of any size, from the statistics of ``pytorch_msssim``.

Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004;
Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment", 2003. The library's own
``ms_ssim`` refuses images below 161 pixels, and its gradient is not a number where the structure of a scale is negative
(renders that do not resemble the target): here scales that the window does not fit are left out, and a scale's
similarity is bounded below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camera_estimation.losses.typed_objective import TypedObjective

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext

SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW = 11  # pixels, of a Gaussian
SIGMA = 1.5  # of that Gaussian
LEAST_SIMILARITY = 1e-4  # of one of several scales


class SimilarityTerm(TypedObjective):
    """One minus structural similarity at up to ``scales`` scales."""

    scales: ClassVar[int]

    def __init__(self, device: str | torch.device = "cpu") -> None:
        super().__init__(device)

    def setup_models(self) -> None:
        self.similarity = StructuralSimilarity(self.scales)

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        return 1 - self.similarity(images.rendered_image, images.target_image)


class StructuralSimilarity:
    """Calling it gives similarities of images in [0, 1], at most 1, which is equality; from -1 on with one scale.

    Args:
        scales: The image is halved that many times less one, or as often as the window fits.
    """

    def __init__(self, scales: int) -> None:
        from camera_estimation.losses._target_cache import TargetCache

        self.scales = scales
        self._target_scales = TargetCache(self._halve)

    def __call__(
        self, rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"]
    ) -> Float[Tensor, " B"]:
        """Gradients flow into the render only."""
        pairs = list(zip(self._halve(rendered_image), self._target_scales(target_image), strict=True))
        similarities = [_scale_similarity(rendered, target) for rendered, target in pairs]
        whole = similarities[-1][0]
        if len(pairs) == 1:
            return whole.mean(1)
        weights = SCALE_WEIGHTS[: len(pairs)]
        rescale = sum(SCALE_WEIGHTS) / sum(weights)  # those of the paper sum to 1.0001
        structures = [structure for _, structure in similarities[:-1]]
        product = whole.new_ones(whole.shape)
        for weight, similarity in zip(weights, [*structures, whole], strict=True):
            product = product * similarity.clamp(min=LEAST_SIMILARITY) ** (weight * rescale)
        return product.mean(1)

    def _halve(self, image: Float[Tensor, "B C H W"]) -> list[Float[Tensor, "B C h w"]]:
        from torch.nn import functional as F

        scales = [_pad_to_window(image)]
        while len(scales) < self.scales and min(scales[-1].shape[-2:]) >= 2 * WINDOW - 1:
            odd = [size % 2 for size in scales[-1].shape[-2:]]
            scales.append(F.avg_pool2d(scales[-1], 2, padding=odd))
        return scales


def _scale_similarity(
    rendered: Float[Tensor, "B C h w"], target: Float[Tensor, "#B C h w"]
) -> tuple[Float[Tensor, "B C"], Float[Tensor, "B C"]]:
    """Each channel's SSIM, and its part without the luminance, by the function behind both of the library's, which
    unlike them takes one target for all renders and computes its statistics once."""
    from pytorch_msssim.ssim import _fspecial_gauss_1d, _ssim

    window = _fspecial_gauss_1d(WINDOW, SIGMA).repeat(rendered.shape[1], 1, 1, 1)
    return _ssim(rendered, target, data_range=1.0, win=window, size_average=False)


def _pad_to_window(image: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C H W"]:
    """Widened with black where the window does not fit."""
    from torch.nn import functional as F

    height, width = image.shape[-2:]
    return F.pad(image, (0, max(0, WINDOW - width), 0, max(0, WINDOW - height)))
