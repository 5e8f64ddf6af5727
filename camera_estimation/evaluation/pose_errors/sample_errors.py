"""All errors of one sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from camera_estimation.evaluation.pose_errors import metrics
from camera_estimation.evaluation.pose_errors._silhouettes import silhouette_overlap
from camera_estimation.evaluation.pose_errors.evaluated_mesh import EvaluatedMesh
from camera_estimation.evaluation.symmetries import Symmetries
from camera_estimation.geometry import Camera

POSES_AT_ONCE = 64  # of the equivalent ones; bounds the memory that a dense mesh takes


@dataclass(frozen=True)
class SampleErrors:
    """All errors of one pose; lengths in world units, image distances in pixels of the original image.

    Attributes:
        rotation_deg: Rotation error in degrees.
        translation: Displacement of the mesh's center.
        add: ADD.
        adds: ADD-S.
        mssd: MSSD.
        mspd: MSPD.
        projection: Mean projection distance.
        silhouette_iou: Of renders at both poses; None where neither is in the image.
        diameter: Of the mesh.
        image_width: Of the original image.
    """

    rotation_deg: float
    translation: float
    add: float
    adds: float
    mssd: float
    mspd: float
    projection: float
    silhouette_iou: float | None
    diameter: float
    image_width: int

    @property
    def translation_share(self) -> float:
        """Of the mesh's diameter."""
        return self.translation / self.diameter

    @property
    def add_share(self) -> float:
        return self.add / self.diameter

    @property
    def adds_share(self) -> float:
        return self.adds / self.diameter

    @property
    def mssd_share(self) -> float:
        return self.mssd / self.diameter

    @property
    def mspd_at_640(self) -> float:
        """MSPD in pixels of the image at a width of 640."""
        return self.mspd * 640 / self.image_width


def sample_errors_of(estimated: Camera, true: Camera, mesh: EvaluatedMesh) -> SampleErrors:
    """All errors of a pose.

    Of the true poses of a symmetric object, rotation and translation error are to the one and same, that with the
    nearest rotation; ADD, MSSD, MSPD and the projection error are each the least over them.

    Args:
        estimated: A batch of one in double precision.
        true: A batch of one in double precision, of the same image size.
        mesh: Of the object, with its symmetries.
    """
    equivalents = mesh.symmetries.equivalents(true, estimated)
    rotations = metrics.rotation_error(estimated, equivalents)
    best = int(rotations.argmin())

    def least(metric: Callable[[Camera, Camera, Tensor], Float[Tensor, " B"]], points: Float[Tensor, "N 3"]) -> float:
        starts = range(0, len(equivalents), POSES_AT_ONCE)
        parts = (equivalents[start : start + POSES_AT_ONCE] for start in starts)
        return min(metric(estimated, part, points).min().item() for part in parts)

    return SampleErrors(
        rotation_deg=math.degrees(rotations[best].item()),
        translation=metrics.translation_error(estimated, equivalents[best], mesh.center).item(),
        add=least(metrics.add, mesh.points),
        adds=metrics.add_s(estimated, true, mesh.points, mesh.nearest).item(),
        mssd=least(metrics.mssd, mesh.corners),
        mspd=least(metrics.mspd, mesh.points),
        projection=least(metrics.projection_error, mesh.points),
        silhouette_iou=silhouette_overlap(mesh.renderer, estimated, true),
        diameter=mesh.diameter,
        image_width=estimated.width,
    )


def least_rotation_error_deg(estimated: Camera, true: Camera, symmetries: Symmetries) -> float:
    """The rotation error alone."""
    equivalents = symmetries.equivalents(true, estimated)
    return math.degrees(metrics.rotation_error(estimated, equivalents).min().item())
