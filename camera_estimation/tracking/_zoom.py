"""The focal length of a sequence, which its frames tell together."""

from __future__ import annotations

from dataclasses import replace

from camera_estimation.estimation import CameraEstimate
from camera_estimation.geometry import FocalPrior
from camera_estimation.images import SourceImage

SEQUENCE = "sequence"  # source of the prior
# By how much (standard deviation, as a share) the focal length may be another from frame to frame: cameras breathe as
# they focus.
LEAST_DEVIATION = 0.01


class ZoomFilter:
    """What frames say of the focal length where it is estimated, as the next one's prior: the mean of the inverse focal
    lengths, weighted by their variances (a Kalman filter of a value that does not move)."""

    def __init__(self) -> None:
        self._prior: FocalPrior | None = None

    def expect(self, image: SourceImage) -> SourceImage:
        """The image with what is expected of its focal length, where frames before it tell that."""
        return image if self._prior is None else replace(image, focal_prior=self._prior)

    def update(self, estimate: CameraEstimate) -> None:
        """With a frame, whose estimate has the frames before it in its standard deviation already."""
        share = estimate.uncertainty.log_focal
        if share == 0:  # known
            self._prior = None
            return
        camera = estimate.camera
        tan_half_fov = camera.height / 2 / float(camera.focal[0, 1])
        self._prior = FocalPrior(tan_half_fov, max(share, LEAST_DEVIATION) * tan_half_fov, SEQUENCE)
