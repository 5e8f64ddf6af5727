"""Masks that may be read in several ways, such as with a shadow or inverted: the mesh decides which is the object's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._silhouette import silhouette_mask
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.pipeline import look_at_first
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.images import HALF_COVERED, SHADOWLESS, SourceImage, make_target

# Another mask is taken where its best pose costs at most this share of the own mask's. Measured with shadows, inverted
# masks and reflections at most 0.77, with parts of the object that look like shadow at least 1.3.
CLEARLY_BETTER = 0.95
DRAWN_SIZE = 1024  # pixels at most of the longer side of a silhouette that tells object from shadow
THICK = 0.012  # of the object's size: what a silhouette covers beside a mask is no error of its rim if it is twice this

Propose = Callable[[SourceImage], PoseHypotheses]


@torch.no_grad()
def choose_mask(image: SourceImage, propose: Propose, mesh: PreparedMesh, config: Configuration) -> SourceImage:
    """The image with that of its masks whose best pose explains it best, and no other.

    Args:
        image: With other masks.
        propose: The poses of an image, refined but at the finest level, best first.
        mesh: The object.
        config: All settings.
    """
    own = propose(replace(image, other_masks=()))
    best, least = own.observation.image, _least_cost(own, config)
    for other in image.other_masks:
        hypotheses = propose(image.with_other_mask(other))
        if other.kind == SHADOWLESS:
            hypotheses = _tell_from_shadow(own, hypotheses, propose, mesh, config)
        cost = _least_cost(hypotheses, config)
        if cost < CLEARLY_BETTER * least:
            best, least = hypotheses.observation.image, cost
    return best


def _tell_from_shadow(
    own: PoseHypotheses, shadowless: PoseHypotheses, propose: Propose, mesh: PreparedMesh, config: Configuration
) -> PoseHypotheses:
    """Of poses found with and without what looks like shadow those that explain the image better, each before the mask
    that it leaves; and once more from there."""
    whole, without = own.observation.image, shadowless.observation.image

    def restore(hypotheses: PoseHypotheses) -> PoseHypotheses:
        return restore_covered(_change_mask(hypotheses, without, mesh, config), whole, mesh, config)

    best = min((restore(own), restore(shadowless)), key=lambda each: _least_cost(each, config))
    if torch.equal(best.observation.image.mask, without.mask):
        return best
    again = restore(propose(best.observation.image))
    return min((again, best), key=lambda each: _least_cost(each, config))


def restore_covered(
    hypotheses: PoseHypotheses, whole: SourceImage, mesh: PreparedMesh, config: Configuration
) -> PoseHypotheses:
    """The hypotheses before a mask to which those areas are given back that the first pose covers, if that explains it
    better: parts of the object which look like its shadow.

    Args:
        hypotheses: Of the image without what looks like a shadow.
        whole: The image with it.
        mesh: The object.
        config: All settings.
    """
    from scipy import ndimage

    image = hypotheses.observation.image
    taken = (whole.mask >= HALF_COVERED) & (image.mask < HALF_COVERED)
    covered = taken[0].numpy() & silhouette_mask(mesh.renderer, hypotheses.camera[:1], DRAWN_SIZE)
    width = max(2, round(THICK * float((whole.mask >= HALF_COVERED).sum()) ** 0.5))
    thick = ndimage.binary_erosion(covered, iterations=width)
    if not thick.any():
        return hypotheses
    restored = torch.from_numpy(ndimage.binary_propagation(thick, mask=covered))
    image = replace(image, mask=torch.where(restored, whole.mask, image.mask))
    changed = _change_mask(hypotheses, image, mesh, config)
    return changed if _least_cost(changed, config) < _least_cost(hypotheses, config) else hypotheses


def _change_mask(
    hypotheses: PoseHypotheses, image: SourceImage, mesh: PreparedMesh, config: Configuration
) -> PoseHypotheses:
    """The same poses before the same picture with another mask."""
    target = make_target(image, mesh.device, mesh.mesh, config.evidence)
    return replace(hypotheses, observation=replace(hypotheses.observation, image=image, target=target))


def _least_cost(hypotheses: PoseHypotheses, config: Configuration) -> float:
    return float(look_at_first(hypotheses, config).score)
