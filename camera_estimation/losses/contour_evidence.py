"""Where an object's boundary is, by the picture: what a mask that is only a hint leaves open.

A contour that is nearly right has colors of the object on one side and of what is behind it on the other. Their
histograms, taken locally on both sides of it, tell for each pixel near to it which side it is of, and the pixels along
its normals how far it is to be moved, as in region-based tracking (Prisacariu and Reid, "PWP3D: real-time segmentation
and tracking of 3D objects", 2012; Tjaden et al., "A region-based Gauss-Newton approach to real-time monocular multiple
object tracking", 2018; Stoiber et al., "SRT3D: a sparse region-based 3D object tracking approach for the real world",
2021). The mask tells the same of places where both sides look alike, but for an offset that is common to all of its
boundary: masks are too large or too small.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.images import Target
from camera_estimation.losses._contour_profile import LEAST_CONTRAST, REACH, displacement, ramp, signed_distance
from camera_estimation.losses._gaussian import blur
from camera_estimation.losses._palette import color_memberships

# All lengths are pixels of a view of ``SIZE``, whatever the picture's own resolution.
SIZE = 256
MASK_SIZE = 512  # pixels of the longer side at which distances to the mask's boundary are taken
NEAR = 12.0  # beyond the mask within which the object may be: what is farther hides it, or was not found
WINDOW = 10.0  # standard deviation of the windows that histograms are taken in
COARSE = 4  # pixels of a cell of the histograms
EVERYWHERE = 0.02  # weight, beside the pixels of a window, of the colors of that side of the whole contour
UNSEEN = 0.02  # likelihood of a color that a side does not have
MASK_WEIGHT = 0.25  # of the mask's boundary beside that of colors that are told apart: (0.5 pixels / 1 pixel)^2
OFFSET_PRIOR = 0.02  # of the mask's common offset being 0, beside the contour's: (0.5 pixels / 3 pixels)^2
# Of the offset that the contour itself shows, beside that of colors: texture places it well, and the mask alone badly.
POSE_WEIGHT = 1.0
MASK_SCALE = 2.0  # displacements from which the mask counts as wrong there (Geman and McClure)


@dataclass(frozen=True)
class Boundary:
    """Where the boundary is, seen from a contour.

    Attributes:
        coverage: By the object.
        weight: How surely it is known (see ``TargetView.silhouette_weight``).
        offset: Pixels by which the mask is too large, in the mean.
        misfit: Pixels by which the mask's boundary is off the contour, in the mean over where it is near to it.
        disagreement: Pixels by which it is off the boundary that colors show, in the mean over where they do.
    """

    coverage: Float[Tensor, "1 1 H W"]
    weight: Float[Tensor, "1 1 H W"]
    offset: float
    misfit: float
    disagreement: float


class BoundaryFinder:
    """Finds the boundary in the picture of one target.

    Args:
        target: With its picture.
    """

    def __init__(self, target: Target) -> None:
        assert target.picture is not None, "a target whose mask is a matte leaves nothing open"
        self.target = target
        self.view = target.view(SIZE)
        size = self.view.rgba.shape[-2:]
        picture = F.interpolate(target.picture, size, mode="bilinear", antialias=True, align_corners=False)
        self.memberships = color_memberships(picture)
        self.known = (self.view.pixel_weight > 0.5).float()

    @cached_property
    def mask_distance(self) -> Float[Tensor, "1 1 h w"]:
        """Pixels of the view of ``SIZE`` to the mask's boundary, positive within, at ``MASK_SIZE``."""
        coverage = self.target.view(MASK_SIZE).rgba[:, 3:]
        return signed_distance(coverage) * (SIZE / MASK_SIZE)

    def shrink_mask(self, pixels: float) -> Float[Tensor, "1 1 H W"]:
        """The mask with all of its boundary moved inwards, as coverage of the view of ``SIZE``."""
        fine = ramp((self.mask_distance - pixels) * (MASK_SIZE / SIZE))
        return F.interpolate(fine, self.known.shape[-2:], mode="bilinear", antialias=True, align_corners=False)

    @cached_property
    def reach(self) -> Float[Tensor, "1 1 h w"]:
        """Where the object may be, at ``MASK_SIZE``: the mask and what is near to it."""
        return ramp((self.mask_distance + NEAR) * (MASK_SIZE / SIZE))

    def mask_as_it_is(self) -> Boundary:
        """The boundary that the mask has."""
        return Boundary(self.view.rgba[:, 3:], torch.ones_like(self.known), 0.0, 0.0, 0.0)

    def look(self, silhouette: Float[Tensor, "1 1 H W"], gap: float) -> Boundary:
        """The boundary near to the contour of a rendered silhouette.

        Args:
            silhouette: Coverage of the view of ``SIZE``.
            gap: Pixels to either side of the contour that no histogram is taken of: as far as it may be off.
        """
        mask = self.view.rgba[:, 3:]
        distance = signed_distance(silhouette)
        near = (distance.abs() <= REACH).float() * self.known
        of_color, contrast = displacement(self._posterior(distance, gap), silhouette, distance, near, self.known)
        of_mask, _ = displacement(mask, silhouette, distance, near, self.known)
        sure = ((contrast - LEAST_CONTRAST) / (1 - LEAST_CONTRAST)).clamp(min=0).square()
        contour, meets = meeting_places(distance, near, of_mask)
        told = meets * sure
        offset = (told * (of_mask - of_color)).sum() + POSE_WEIGHT * (meets * of_mask).sum()
        offset = offset / (told.sum() + POSE_WEIGHT * meets.sum() + OFFSET_PRIOR * contour.sum()).clamp(min=1e-6)
        trust = MASK_WEIGHT / (1 + ((of_mask - offset) / MASK_SCALE).square()).square()
        moved_by = (sure * of_color + trust * (of_mask - offset)) / (sure + trust)
        moved = silhouette + ramp(distance + moved_by) - ramp(distance)
        replaced = near * (signed_distance(mask).abs() <= 2 * REACH)
        coverage = torch.lerp(mask, moved.clamp(0, 1), replaced)
        weight = torch.lerp(torch.ones_like(sure), (sure + trust).clamp(max=1), replaced)
        misfit = mean_where(meets, of_mask.abs())
        disagreement = mean_where(told, (of_mask - of_color).abs())
        return Boundary(coverage, weight, float(offset), misfit, disagreement)

    def misfit(self, silhouette: Float[Tensor, "1 1 H W"], mask: Float[Tensor, "1 1 H W"]) -> float:
        """``Boundary.misfit`` of a mask, whatever colors say."""
        distance = signed_distance(silhouette)
        near = (distance.abs() <= REACH).float() * self.known
        of_mask, _ = displacement(mask, silhouette, distance, near, self.known)
        return mean_where(meeting_places(distance, near, of_mask)[1], of_mask.abs())

    def _posterior(self, distance: Float[Tensor, "1 1 H W"], gap: float) -> Float[Tensor, "1 1 H W"]:
        """For each pixel how probably it is of the object, by its color alone."""
        inside = ((distance - gap) / gap).clamp(0, 1) * self.known
        outside = ((-distance - gap) / gap).clamp(0, 1) * self.known * (distance > -gap - 2 * WINDOW)
        likelihoods = [self._likelihood(side) for side in (inside, outside)]
        return likelihoods[0] / (likelihoods[0] + likelihoods[1])

    def _likelihood(self, side: Float[Tensor, "1 1 H W"]) -> Float[Tensor, "1 1 H W"]:
        """Of each pixel's color under the local histogram of the pixels of a side."""
        height, width = side.shape[-2:]
        cells = F.avg_pool2d(self.memberships * side, COARSE, ceil_mode=True, count_include_pad=False)
        local = blur(cells, WINDOW / COARSE)
        count = local.sum(1, keepdim=True)
        whole = local.sum((2, 3), keepdim=True)
        whole = whole / whole.sum(1, keepdim=True).clamp(min=1e-9)
        histogram = (local + EVERYWHERE * whole) / (count + EVERYWHERE)
        fine = F.interpolate(histogram, (height, width), mode="bilinear", align_corners=False)
        return (self.memberships * fine).sum(1, keepdim=True) + UNSEEN / len(self.memberships[0])

    def target_with_mask(self, mask: Float[Tensor, "1 1 H W"]) -> Target:
        """The target with another mask that is believed."""
        coverage = self._at_full_size(mask) * (self.target.pixel_weight > 0)
        return self.target.with_silhouette(coverage, torch.ones_like(coverage))

    def target_with_boundary(self, boundary: Boundary, trust: float) -> Target:
        """The target with the boundary that was found, whose colors count wherever the object may be.

        Args:
            boundary: Seen from the contour of a pose.
            trust: ``TargetView.mask_trust``.
        """
        coverage = self._at_full_size(boundary.coverage) * (self.target.pixel_weight > 0)
        weight, reach = self._at_full_size(boundary.weight), self._at_full_size(self.reach)
        return self.target.with_silhouette(coverage, weight, reach, trust)

    def _at_full_size(self, image: Float[Tensor, "1 1 h w"]) -> Float[Tensor, "1 1 H W"]:
        return F.interpolate(image, self.target.rgba.shape[-2:], mode="bilinear", align_corners=False)


def meeting_places(
    distance: Float[Tensor, "1 1 H W"], near: Float[Tensor, "1 1 H W"], displacement: Float[Tensor, "1 1 H W"]
) -> tuple[Float[Tensor, "1 1 H W"], Float[Tensor, "1 1 H W"]]:
    """Where the contour is, and of that where the other boundary is within reach."""
    contour = near * (distance.abs() < 1)
    return contour, contour * (displacement.abs() < REACH - 1)


def mean_where(weight: Float[Tensor, "1 1 H W"], image: Float[Tensor, "1 1 H W"]) -> float:
    """The weighted mean."""
    return float((weight * image).sum() / weight.sum().clamp(min=1e-6))
