"""A mesh seen from all directions, in a canonical frame, as the search compares it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.search._shape_descriptors import ShapeDescriptors, shape_descriptors
from camera_estimation.search.view_drawing import DrawnViews

# Distances (in object radii) at which views are drawn; the nearest in perspective to the target's is used.
VIEW_DISTANCES = (1.5, 2.0, 3.0, 5.0, 10.0, 40.0)
CONTRAST_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less


@dataclass(frozen=True)
class ViewLibrary:
    """A mesh seen from all directions at one distance: poses, where each silhouette is, and what is compared."""

    distance: float  # in object radii
    rotation: Float[Tensor, "N 3 3"]  # world to the camera aimed at the silhouette
    translation: Float[Tensor, "N 3"]
    size: Float[Tensor, " N"]
    canonical: Float[Tensor, "N 4 R R"]
    masks: Float[Tensor, "N P"]
    colors: Float[Tensor, "N 3*P"]
    shape: ShapeDescriptors | None = None  # of a mesh of one color, which has no other appearance

    def poses(
        self, view: Int[Tensor, " M"], camera: Camera, aim: Float[Tensor, "M 3 3"], size: Float[Tensor, " M"]
    ) -> Camera:
        """Cameras like ``camera`` (a batch of one) that see the views ``view`` where the cameras turned by ``aim`` have
        their axis, at the distance at which the silhouettes have ``size``."""
        back = aim.transpose(1, 2)
        translation = (back @ self.translation[view, :, None])[..., 0] * (self.size[view] / size)[:, None]
        return replace(camera[[0] * len(view)], rotation=back @ self.rotation[view], translation=translation)


def canonical_descriptors(
    canonical: Float[Tensor, "B 4 N N"],
) -> tuple[Float[Tensor, "B P"], Float[Tensor, "B 3*P"]]:
    """Coverage, and colours without their mean and contrast (what light and exposure change), as vectors.

    The colour vector has length 1 where there is contrast, less where there is little.
    """
    mask = canonical[:, 3:]
    total = mask.sum((2, 3), keepdim=True).clamp(min=1e-6)
    mean = canonical[:, :3].sum((2, 3), keepdim=True) / total
    centered = canonical[:, :3] - mean * mask
    energy = centered.square().sum((1, 2, 3), keepdim=True) + CONTRAST_FLOOR**2 * total
    return mask.flatten(1), (centered / energy.sqrt()).flatten(1)


def describe_views(distance: float, views: DrawnViews) -> ViewLibrary:
    """The library of views from ``distance`` object radii."""
    canonical = views.canonical.float()
    shape = None
    if views.normals is not None:
        shape = shape_descriptors(*views.normals.float().split([3, 1], dim=1))
    masks, colors = canonical_descriptors(canonical)
    return ViewLibrary(distance, views.rotation, views.translation, views.size, canonical, masks, colors, shape)
