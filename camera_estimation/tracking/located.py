"""Estimates that say where the pose was looked for, and those that start from a pose that was given."""

from __future__ import annotations

from dataclasses import dataclass, replace

from camera_estimation.estimation import CameraEstimate, CameraEstimator, Intrinsics
from camera_estimation.geometry import Camera
from camera_estimation.images import SourceImage
from camera_estimation.poses import Progress

# Correlation of details below which a pose that was given explains an image by its silhouette alone, as any does of a
# round object. Measured on a lumpy ball: wrong poses 0.17 and less; the right one 0.95, of generated meshes 0.4.
LEAST_DETAIL = 0.25

SEARCH, NEIGHBOR, GIVEN, RESUMED, RANDOM, JOINT = "search", "neighbour", "init", "resume", "random", "joint"
SCENE, TRACKED = "scene", "tracked"


@dataclass(frozen=True)
class LocatedEstimate:
    """``start`` says where the pose was looked for: everywhere (SEARCH), near those of the frames before, beside a few
    candidates of the search (NEIGHBOUR), near a given one only (GIVEN), the same whatever that explains (RESUMED), from
    random ones (RANDOM), everywhere and together with other images of the mesh (JOINT), or near the one that was found
    before other objects in the image were known to hide a part (SCENE), or only where the frame before has it
    (TRACKED). With ``searched_again`` it
    was looked for everywhere only after what was found near the start had not explained the image."""

    estimate: CameraEstimate
    start: str
    searched_again: bool = False


def estimate_near(
    given: Camera,
    estimator: CameraEstimator,
    image: SourceImage,
    *,
    intrinsics: Intrinsics | None = None,
    progress: Progress | None = None,
) -> LocatedEstimate:
    """From one given world camera without a search, unless silhouette or details show that it does not lead to the
    answer."""
    estimate = estimator.estimate(image, intrinsics=intrinsics, initial=given, searched=0, progress=progress)
    covers = estimate.silhouette_iou >= estimator.config.tracking.least_overlap
    if covers and estimate.diagnosis.detail >= LEAST_DETAIL:
        return LocatedEstimate(estimate, GIVEN)
    again = search_again(estimate, estimator, image, intrinsics, progress)
    return LocatedEstimate(again, SEARCH, searched_again=True)


def estimate_onward(
    given: Camera,
    estimator: CameraEstimator,
    image: SourceImage,
    *,
    intrinsics: Intrinsics | None = None,
    progress: Progress | None = None,
) -> LocatedEstimate:
    """From one given world camera without a search, whatever it explains. An objective that Gauss-Newton does not
    minimise goes on from that very pose: its descent follows at once."""
    config = estimator.config
    alone = estimator
    if not estimator.objective.minimized_by_gauss_newton:
        alone = estimator.with_settings(replace(config.refinement, levels=()), config.camera)
    estimate = alone.estimate(image, intrinsics=intrinsics, initial=given, searched=0, progress=progress)
    return LocatedEstimate(replace(estimate, config=config), RESUMED)


def search_again(
    estimate: CameraEstimate,
    estimator: CameraEstimator,
    image: SourceImage,
    intrinsics: Intrinsics | None,
    progress: Progress | None,
) -> CameraEstimate:
    """The better of ``estimate`` and what a whole search finds, ranked together; ``seconds`` are those of both."""
    again = estimator.estimate(image, intrinsics=intrinsics, initial=estimate.camera, progress=progress)
    seconds = {stage: value + estimate.seconds.get(stage, 0.0) for stage, value in again.seconds.items()}
    return replace(again, seconds=seconds)
