"""Whether a picture shows what is around its object."""

from __future__ import annotations

from camera_estimation.images.source_image import SourceImage
from camera_estimation.segmentation import reduction_to_area

# The surroundings are seen where at least this share of the pixels off the object differ by more than so many levels
# from the median of them: cut-outs and renders have one color there.
LEAST_VARIED_SHARE = 0.1
SAME_LEVELS = 12
ENOUGH_PIXELS = 1 << 22  # of larger pictures every second, third ... row and column is looked at


def shows_surroundings(image: SourceImage) -> bool:
    """Whether it is a photograph, beyond the object's mask, and not one plain color or erased."""
    step = reduction_to_area(image.height, image.width, ENOUGH_PIXELS)
    beside = image.mask[0, ::step, ::step] == 0
    if image.known is not None:
        beside &= image.known[0, ::step, ::step] > 0
    outside = image.rgb[:, ::step, ::step][:, beside]
    if outside.numel() == 0:
        return False
    median = outside.median(dim=1, keepdim=True).values
    differs = (outside.int() - median.int()).abs().amax(0) > SAME_LEVELS
    return float(differs.float().mean()) > LEAST_VARIED_SHARE
