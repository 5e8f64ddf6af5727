"""What to tell of an answer that contradicts what was known."""

from __future__ import annotations

from camera_estimation.estimation.result import CameraEstimate

FAR_OFF = 2.0  # tolerances of depth: a median difference beyond says that depth and pose contradict each other


def doubts_of(estimate: CameraEstimate, radius: float) -> list[str]:
    """Lines about evidence that the estimate contradicts as a whole; ``radius`` is the mesh's."""
    doubts = []
    agreement, config = estimate.keypoints, estimate.config.evidence
    if agreement is not None and bool(agreement.rejected.all()):
        doubts.append("agrees with none of its keypoints; are they in the mesh's coordinates and the image's pixels?")
    off = estimate.depth_difference
    if off is not None and off > FAR_OFF * config.depth_tolerance * radius:
        doubts.append(f"lies {off:.3g} from its depth in the median; is --depth_scale right for the mesh's units?")
    return doubts
