"""What images that were estimated together share."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from camera_estimation.estimation.result import CameraEstimate


@dataclass(frozen=True)
class SharedFocal:
    """A focal length that was estimated for several images: as the vertical field of view of the full images and its
    standard deviation, in radians, and the places of these images."""

    fov: float
    deviation: float
    images: tuple[int, ...]


@dataclass(frozen=True)
class JointSolution:
    """What a group of images told together.

    Attributes:
        took_part: Of each image that was asked, whether it moved what is shared, or fitted too badly beside the others.
        coefficients: Of the mesh's deformation (``PreparedMesh.deformations``); None: the mesh as it is.
        deformation: Root-mean-square displacement of the mesh's surface, in object radii.
        focal_lengths: Those that were estimated.
    """

    took_part: tuple[bool, ...]
    coefficients: Float[Tensor, " M"] | None
    deformation: float
    focal_lengths: tuple[SharedFocal, ...]


@dataclass(frozen=True)
class JointEstimate:
    """The cameras of several images of one mesh, in the images' order, and what those at ``members`` told together."""

    estimates: tuple[CameraEstimate, ...]
    members: tuple[int, ...]
    solution: JointSolution
