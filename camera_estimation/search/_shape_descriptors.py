"""What the viewpoint search compares of a mesh without colors: its creases, and how well light explains the picture.

Both are descriptors of the directions of the surface in a canonical image. Directions are in the mesh's frame, so that
roll, for which the target is turned, leaves them as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses import edge_directions, spherical_harmonics

CONTOUR_SIZE = 16  # cells a side over which directions of edges are averaged
CONTOUR_WEIGHT = 0.3  # of the correlation of edges beside the silhouettes' overlap, which is at most 1
SHADING_WEIGHT = 0.15  # of the share of the picture's variance that light on the surface explains
INSIDE = 0.9  # coverage from which a canonical pixel shows the surface
# Variance of a coefficient of light beside that of a pixel's brightness, over the number of pixels that the prior
# counts as: weak, for whole silhouettes have hundreds.
SHADING_RIDGE = 0.002
CONTRAST_FLOOR = 0.05  # brightness that varies less than this (standard deviation) counts as explained by nothing


@dataclass(frozen=True)
class ShapeDescriptors:
    """Of the views of a mesh of one color.

    Attributes:
        contours: Directions of the edges of the normals, of length 1.
        inside: Where the surface is seen.
        shading: Functions of the normal, orthonormal over ``inside``: the square of their product with a brightness
            about its mean is what light explains of its variance.
    """

    contours: Float[Tensor, "N D"]
    inside: Float[Tensor, "N P"]
    shading: Float[Tensor, "N 8 P"]

    def scores(self, canonical: Float[Tensor, "K 4 R R"]) -> Float[Tensor, "N K"]:
        """Of premultiplied canonical images of the target, weighted as beside the overlap of silhouettes."""
        score = CONTOUR_WEIGHT * (self.contours @ contour_descriptors(canonical[:, :3]).T)
        return score + SHADING_WEIGHT * self.shading_share(canonical)

    def shading_share(self, canonical: Float[Tensor, "K 4 R R"]) -> Float[Tensor, "N K"]:
        """Of the variance of the target's brightness over each view's surface, what harmonics of second order in its
        normal explain (see ``losses.spherical_harmonics``): one product of matrices for all rolls."""
        mask = canonical[:, 3].flatten(1)
        brightness = canonical[:, :3].mean(1).flatten(1)
        brightness = brightness - brightness.sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(min=1e-6) * mask
        total = self.inside.sum(1, keepdim=True).clamp(min=1e-6)
        mean = self.inside @ brightness.T / total
        variance = self.inside @ brightness.square().T - total * mean.square()
        explained = (self.shading.flatten(0, 1) @ brightness.T).unflatten(0, self.shading.shape[:2]).square().sum(1)
        return (explained / (variance + CONTRAST_FLOOR**2 * total)).clamp(0, 1)


def shape_descriptors(normals: Float[Tensor, "N 3 R R"], mask: Float[Tensor, "N 1 R R"]) -> ShapeDescriptors:
    """Of canonical images of the normals (premultiplied, mesh frame) and the coverage of views."""
    length = normals.norm(dim=1, keepdim=True)
    inside = ((length > INSIDE) & (mask > INSIDE)).to(normals).flatten(2)
    harmonics = spherical_harmonics(normals / length.clamp(min=1e-6)).flatten(2)[:, 1:]
    total = inside.sum(2, keepdim=True).clamp(min=1.0)
    basis = inside * (harmonics - (inside * harmonics).sum(2, keepdim=True) / total)
    ridge = torch.diag_embed((SHADING_RIDGE * total).expand(-1, basis.shape[1], 1)[..., 0])
    factor = torch.linalg.cholesky(basis @ basis.transpose(1, 2) + ridge)
    shading = torch.linalg.solve_triangular(factor, basis, upper=False)
    return ShapeDescriptors(contour_descriptors(normals), inside[:, 0], shading)


def contour_descriptors(image: Float[Tensor, "B 3 R R"]) -> Float[Tensor, "B D"]:
    """Directions of edges as vectors of length 1."""
    return F.normalize(edge_directions(image, CONTOUR_SIZE).flatten(1), dim=1)
