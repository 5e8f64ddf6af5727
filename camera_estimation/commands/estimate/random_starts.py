"""Estimates that start from random poses, in the place of ``sequences.Starts``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from camera_estimation.dataset import Intrinsics, Sample

if TYPE_CHECKING:
    from camera_estimation.convergence import Basin
    from camera_estimation.estimation import CameraEstimator
    from camera_estimation.images import SourceImage
    from camera_estimation.poses import Progress
    from camera_estimation.tracking import LocatedEstimate


@dataclass
class RandomStarts:
    """``count`` random poses for each sample; ``basin`` is that of the sample that was estimated last."""

    count: int
    basin: Basin | None = None

    def finished(self, sample: Sample, entry: dict[str, Any]) -> None:
        """What earlier runs found says nothing of where random poses lead."""

    def estimate(
        self,
        sample: Sample,
        estimator: CameraEstimator,
        image: SourceImage,
        intrinsics: Intrinsics | None,
        progress: Progress,
    ) -> LocatedEstimate:
        """The next sample's camera: the best that was found."""
        from camera_estimation.convergence import basin_of
        from camera_estimation.tracking import RANDOM, LocatedEstimate

        self.basin = basin_of(estimator, image, self.count, intrinsics=intrinsics, progress=progress)
        return LocatedEstimate(self.basin.estimate, RANDOM)
