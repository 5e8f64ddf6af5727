"""Whether a picture shows what is around its object."""

from __future__ import annotations

from camera_estimation.images.source_image import SourceImage

# The surroundings are seen where at least this share of the pixels off the object differ by more than so many levels
# from the median of them: cut-outs and renders have one color there.
LEAST_VARIED_SHARE = 0.1
SAME_LEVELS = 12


def shows_surroundings(image: SourceImage) -> bool:
    """Whether it is a photograph, beyond the object's mask, and not one plain color or erased."""
    outside = image.rgb[:, image.mask[0] == 0]
    if outside.numel() == 0:
        return False
    median = outside.median(dim=1, keepdim=True).values
    differs = (outside.int() - median.int()).abs().amax(0) > SAME_LEVELS
    return float(differs.float().mean()) > LEAST_VARIED_SHARE
