"""Whether the contours of silhouettes part things of different colors in a picture, and how far they are to be moved.

As contour_evidence.py, for many silhouettes at a time and without any mask: the colors of the picture's palette are
counted in windows on both sides of each contour (see there for the literature). A silhouette that is much too small or
too large, or elsewhere, has the same colors on both sides of most of its contour.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.losses._channels import straight_color
from camera_estimation.losses._contour_profile import LEAST_CONTRAST, REACH, displacement, ramp, signed_distance
from camera_estimation.losses._gaussian import blur
from camera_estimation.losses._lighting import fit_light
from camera_estimation.losses._palette import nearest_colors

WINDOW = 10.0  # pixels: standard deviation of the windows that colors are counted in
CELL = 4  # pixels a side, in which they are first
EVERYWHERE = 0.3  # weight, beside the pixels of a window, of the colors of that side of the whole contour
UNSEEN = 0.02  # likelihood of a color that a side does not have
OTHER_COLOR = 0.25  # difference (of RGB in [0, 1]) from which a color is another thing's, not light on the object
AREA = 4.0  # pixels: standard deviation of what is about a pixel
LEAST_ABOUT = 0.05  # share of what is about a pixel that must be object
LIGHT_ROUNDS = 3
LEAST_WEIGHT = 0.02  # of coverage near to a contour where colors do not tell


@dataclass(frozen=True)
class RegionLook:
    """What a picture says of each of a batch of silhouettes.

    Attributes:
        coverage: The silhouettes with their contours where the colors on both sides part.
        weight: How surely that is known (see ``TargetView.silhouette_weight``).
        contrast: Of each silhouette: by how much the probability to be within falls across the contour, in its mean.
    """

    coverage: Float[Tensor, "B 1 H W"]
    weight: Float[Tensor, "B 1 H W"]
    contrast: Float[Tensor, " B"]


class RegionFinder:
    """Counts the colors of views of a picture, one of all silhouettes or one of each.

    Args:
        picture: Straight colors.
        known: Where they are.
    """

    def __init__(self, picture: Float[Tensor, "#B 3 H W"], known: Float[Tensor, "#B 1 H W"]) -> None:
        self.known = (known > 0.5).float()
        label, self.colors = nearest_colors(picture)
        height, width = picture.shape[-2:]
        self.cells = (-(-height // CELL), -(-width // CELL))
        rows, columns = (torch.arange(size, device=picture.device) // CELL for size in (height, width))
        cell = rows[:, None] * self.cells[1] + columns
        self._bin = (cell * self.colors + label).flatten(1)  # of each pixel's color in its cell

    def look(
        self, silhouette: Float[Tensor, "B 1 H W"], gap: float, explained: Float[Tensor, "B 1 H W"] | None = None
    ) -> RegionLook:
        """What the picture says of silhouettes.

        Args:
            silhouette: Coverage of the view.
            gap: Pixels to either side of the contours where no color is counted: as far as they may be off.
            explained: How much of what is about each pixel is the object's (see ``own_color_share``); where something
                else hides it the contour is not the object's. None: all.
        """
        distance = signed_distance(silhouette)
        near = (distance.abs() <= REACH).float() * self.known
        inside = ((distance - gap) / gap).clamp(0, 1) * self.known
        outside = ((-distance - gap) / gap).clamp(0, 1) * self.known * (distance > -gap - 2 * WINDOW)
        likelihoods = [self._likelihood(side) for side in (inside, outside)]
        posterior = likelihoods[0] / (likelihoods[0] + likelihoods[1])
        moved, contrast = displacement(posterior, silhouette, distance, near, self.known)
        sure = ((contrast - LEAST_CONTRAST) / (1 - LEAST_CONTRAST)).clamp(min=0).square()
        coverage = (silhouette + ramp(distance + moved) - ramp(distance)).clamp(0, 1)
        if explained is not None:
            sure = sure * explained.square()
        weight = torch.lerp(torch.ones_like(sure), sure.clamp(LEAST_WEIGHT, 1), near)
        contour = near * (distance.abs() < 1)
        mean = (contour * contrast).sum((1, 2, 3)) / contour.sum((1, 2, 3)).clamp(min=1)
        return RegionLook(coverage, weight, mean)

    def _likelihood(self, side: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 H W"]:
        """Of each pixel's color under the colors of a side, in the window about it."""
        count, (height, width) = len(side), self.cells
        bins = self._bin.expand(count, -1)
        cells = side.new_zeros((count, height * width * self.colors)).scatter_add_(1, bins, side.flatten(1))
        cells = cells.reshape(count, height, width, self.colors).permute(0, 3, 1, 2) / CELL**2
        local = blur(cells, WINDOW / CELL)
        whole = local.sum((2, 3), keepdim=True)
        whole = whole / whole.sum(1, keepdim=True).clamp(min=1e-9)
        histogram = (local + EVERYWHERE * whole) / (local.sum(1, keepdim=True) + EVERYWHERE)
        histogram = histogram.permute(0, 2, 3, 1).reshape(count, -1)
        return histogram.gather(1, bins).reshape(side.shape) + UNSEEN / self.colors


def own_color_share(
    render: Float[Tensor, "B 4 H W"], picture: Float[Tensor, "#B 3 H W"], known: Float[Tensor, "#B 1 H W"]
) -> Float[Tensor, "B 1 H W"]:
    """The share of the surface about each pixel whose colors in the picture are the render's, in a light that is common
    to all of it: where it is small something else hides the object. 1 away from it.

    Args:
        render: Premultiplied.
        picture: Straight colors.
        known: Where they are.
    """
    color, within = straight_color(render), render[:, 3:] * known
    weight = within
    for _ in range(LIGHT_ROUNDS):
        gain, bias = fit_light(color, picture, weight, "gain")
        off = (picture - gain * color - bias).square().sum(1, keepdim=True)
        alike = 1 / (1 + (off / OTHER_COLOR**2).square())
        weight = within * alike
    about = blur(within, AREA)
    share = blur(within * alike, AREA) / about.clamp(min=1e-6)
    return torch.where(about > LEAST_ABOUT, share, 1.0)
