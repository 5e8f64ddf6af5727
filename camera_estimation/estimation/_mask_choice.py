"""Masks that may be read in several ways, such as with a shadow or inverted: the mesh decides which is the object's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.pipeline import look_at_first
from camera_estimation.images import SourceImage

# Another mask is taken where its best pose costs at most this share of the own mask's. Measured with shadows, inverted
# masks and reflections at most 0.77, with parts of the object that look like shadow at least 1.3.
CLEARLY_BETTER = 0.95


def choose_mask(
    image: SourceImage, propose: Callable[[SourceImage], PoseHypotheses], config: Configuration
) -> SourceImage:
    """The image with that of its masks whose best pose explains it best, and no other.

    Args:
        image: With other masks.
        propose: The poses of an image, refined but at the finest level, best first.
        config: All settings.
    """
    best = replace(image, other_masks=())
    least = _least_cost(propose(best), config)
    for other in image.other_masks:
        candidate = image.with_other_mask(other)
        cost = _least_cost(propose(candidate), config)
        if cost < CLEARLY_BETTER * least:
            best, least = candidate, cost
    return best


def _least_cost(hypotheses: PoseHypotheses, config: Configuration) -> float:
    return float(look_at_first(hypotheses, config).score)
