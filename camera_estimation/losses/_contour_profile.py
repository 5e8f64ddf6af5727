"""The profile of a picture across a rendered contour: where along its normals what is inside becomes what is outside.

All lengths are pixels of the view in which the silhouette is drawn.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.losses._gaussian import blur

REACH = 6.0  # to either side of the contour within which the boundary is sought: masks of networks err by 2 to 5
RING = 3.0  # width of the rings beyond that, whose pixels show how well the sides are told apart
ALONG = 5.0  # standard deviation along the contour over which displacements are averaged
NOMINAL = 0.05  # weight, as a share of a ring's pixels, of perfectly told sides: where a part is thinner than the rings
LEAST_CONTRAST = 0.15  # difference between the sides' posteriors from which they are told apart


def displacement(
    inside: Float[Tensor, "B 1 H W"],
    silhouette: Float[Tensor, "B 1 H W"],
    distance: Float[Tensor, "B 1 H W"],
    near: Float[Tensor, "B 1 H W"],
    known: Float[Tensor, "#B 1 H W"],
) -> tuple[Float[Tensor, "B 1 H W"], Float[Tensor, "B 1 H W"]]:
    """How far outwards of the contour a map falls from its level within to that without, in pixels; and by how much
    it falls.

    A step of that height is where it has the same mean over the normal as the map.

    Args:
        inside: The map.
        silhouette: Coverage, whose contour it is.
        distance: To that (see ``signed_distance``).
        near: 1 where the fall is sought: within ``REACH`` of the contour.
        known: 1 where the map is known.
    """
    count = blur(near, ALONG).clamp(min=1e-6)
    levels = []
    for side, nominal in ((distance, 1.0), (-distance, 0.0)):
        ring = ((side > REACH) & (side <= REACH + RING)).float() * known
        sum_, size = blur(torch.cat([inside * ring, ring], dim=1), ALONG).split(1, dim=1)
        levels.append((sum_ + NOMINAL * count * nominal) / (size + NOMINAL * count))
    contrast = levels[0] - levels[1]
    mean, covered = (blur(torch.cat([inside, silhouette], dim=1) * near, ALONG) / count).split(1, dim=1)
    share = (mean - levels[1]) / contrast.clamp(min=LEAST_CONTRAST)
    return (2 * REACH * (share - covered)).clamp(-REACH, REACH), contrast


def signed_distance(coverage: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 H W"]:
    """Pixels to the boundary where coverage is a half, positive within."""
    from scipy import ndimage

    distances = []
    for inside in (coverage[:, 0] >= 0.5).cpu().numpy():
        within, without = (np.maximum(ndimage.distance_transform_edt(side) - 0.5, 0) for side in (inside, ~inside))
        distances.append((within - without).astype(np.float32))
    return torch.from_numpy(np.stack(distances)).to(coverage.device)[:, None]


def ramp(distance: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 H W"]:
    """Coverage of pixels at a distance from a straight boundary."""
    return (distance + 0.5).clamp(0, 1)
