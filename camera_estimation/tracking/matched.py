"""An estimate refined once more by what its render and the picture have in common."""

from __future__ import annotations

from dataclasses import replace

from camera_estimation.estimation import CameraEstimate, CameraEstimator, Intrinsics, estimate_in_window
from camera_estimation.images import UNMASKED, SourceImage
from camera_estimation.poses import Progress
from camera_estimation.poses.matching import Matcher, match_render

# Fewer matches, or fewer of them that the pose then follows, tell nothing: unlike pictures match by chance too.
LEAST_MATCHES = 12
LEAST_FOLLOWED = 0.5


def follow_matches(
    estimate: CameraEstimate,
    estimator: CameraEstimator,
    image: SourceImage,
    matcher: Matcher,
    *,
    intrinsics: Intrinsics | None = None,
    progress: Progress | None = None,
) -> CameraEstimate:
    """The estimate refined with matches between its render and the picture as keypoints, or as it was where these do
    not agree on a pose. An image without a mask, or with keypoints of its own, is left as it is.

    Features of photographs match renders of meshes well enough for poses: Panek et al., "MeshLoc: Mesh-based visual
    localization", 2022.

    Args:
        estimate: Of the image.
        estimator: Of the mesh.
        image: The picture.
        matcher: What finds matches.
        intrinsics: As they were given for the estimate.
        progress: Told each stage and the loss so far.
    """
    if image.mask_source == UNMASKED or image.evidence.keypoints is not None:
        return estimate
    keypoints = match_render(image, estimate_in_window(estimate).camera, estimator.renderer, matcher)
    if len(keypoints) < LEAST_MATCHES:
        return estimate
    matched = replace(estimate.apply_mask(image), evidence=replace(image.evidence, keypoints=keypoints))
    again = estimator.estimate(
        matched, intrinsics=intrinsics, initial=estimate.camera, searched=0, nearly_right=True, progress=progress
    )
    assert again.keypoints is not None
    if float((~again.keypoints.rejected).double().mean()) < LEAST_FOLLOWED:
        return estimate
    seconds = {stage: value + estimate.seconds.get(stage, 0.0) for stage, value in again.seconds.items()}
    return replace(again, keypoints=None, config=estimate.config, seconds=seconds)
