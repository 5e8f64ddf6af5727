"""What is known of an image beyond its pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from camera_estimation.images.depth_image import DepthImage
from camera_estimation.images.keypoints import Keypoints


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of an image beside its pixels, all of the full upright image.

    Args:
        keypoints: Points of the mesh, and where they are.
        depth: How far what is seen is from the camera.
        regions: Soft masks by category, in [0, 1].
        weight: How much each pixel counts in whatever compares pixels, in [0, 1]; where it is 0 nothing does.
        files: SHA-256, by kind, of what it was read from.
    """

    keypoints: Keypoints | None = None
    depth: DepthImage | None = None
    regions: dict[str, Float[Tensor, "H W"]] = field(default_factory=dict)
    weight: Float[Tensor, "H W"] | None = None
    files: dict[str, str] = field(default_factory=dict)
