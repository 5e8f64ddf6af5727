"""What to tell of an answer that contradicts what was known, or that the picture leaves open."""

from __future__ import annotations

import math

from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.refinement import is_at_bound

FAR_OFF = 2.0  # tolerances of depth: a median difference beyond says that depth and pose contradict each other


def doubts_of(estimate: CameraEstimate, radius: float) -> list[str]:
    """Lines about evidence that the estimate contradicts as a whole, and a field of view that the picture does not
    tell; ``radius`` is the mesh's."""
    doubts = []
    agreement, config = estimate.keypoints, estimate.config.evidence
    if agreement is not None and bool(agreement.rejected.all()):
        doubts.append("agrees with none of its keypoints; are they in the mesh's coordinates and the image's pixels?")
    off = estimate.depth_difference
    if off is not None and off > FAR_OFF * config.depth_tolerance * radius:
        doubts.append(f"lies {off:.3g} from its depth in the median; is --depth_scale right for the mesh's units?")
    fov = float(estimate.camera.fov)
    if estimate.focal_estimated and is_at_bound(fov):
        kind = "without perspective" if fov < 1 else "with more perspective than a pinhole camera's"
        doubts.append(
            f"looks drawn {kind}: the field of view ended at its bound of {math.degrees(fov):.3g} degrees, and the "
            "distance is not told; give --fov_deg if you know it"
        )
    return doubts
