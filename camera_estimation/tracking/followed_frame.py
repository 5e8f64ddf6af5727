"""What became of a frame that was followed."""

from __future__ import annotations

from dataclasses import dataclass

from camera_estimation.estimation import CameraEstimate
from camera_estimation.geometry import Camera
from camera_estimation.tracking.contour import Agreement


@dataclass(frozen=True)
class FollowedFrame:
    """What became of a frame.

    Attributes:
        camera: A batch of one, in world units, double precision.
        agreement: Of the frame with it.
        lost: Whether the object is not seen there; the camera is then the last at which it was.
        result: All that is known, as an estimate.
        estimate: What the accurate estimator says of the frame, if it was asked; the camera is its own unless the
            tracked one agrees better with the frame.
        searched: Whether the estimator looked everywhere.
    """

    camera: Camera
    agreement: Agreement
    lost: bool
    result: CameraEstimate
    estimate: CameraEstimate | None = None
    searched: bool = False
