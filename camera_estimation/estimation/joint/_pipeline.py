"""From the poses of several images, each found alone, to one solution for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration, LevelConfig
from camera_estimation.estimation.adaptation import fit_first
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.joint._focal_groups import focal_groups, unify_focal
from camera_estimation.estimation.joint._shared_mesh import SharedMesh, config_with_deformation
from camera_estimation.estimation.observation import Intrinsics
from camera_estimation.estimation.pipeline import level_scorer
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.refinement import JointPoses, JointView, refine_jointly

# Times the cost that makes an outlier (``JointConfig.outlier``): from there an image says nothing of what is shared,
# even if no better pose of it is found.
LEFT_OUT = 2.0


@dataclass(frozen=True)
class JointImages:
    """Images of one mesh on the way to their solution.

    Attributes:
        intrinsics: Of each image as they were given; None: they are not known.
        poses: Of each image, best first.
        focal_group: Of each image (see ``focal_groups``).
        taking_part: Places of those that move what is shared.
        coefficients: Of the deformation that these share; None: the mesh stays as it is.
        found: What the last level found for those that take part; None before the first.
    """

    intrinsics: tuple[Intrinsics | None, ...]
    poses: tuple[PoseHypotheses, ...]
    focal_group: tuple[int | None, ...]
    taking_part: tuple[int, ...]
    coefficients: Float[Tensor, " M"] | None
    found: JointPoses | None = None

    def with_first(self, cameras: Sequence[Camera], places: Sequence[int]) -> JointImages:
        """With these cameras (of full images, each a batch of one) as the first poses of the images at ``places``."""
        poses = list(self.poses)
        for place, camera in zip(places, cameras, strict=True):
            candidates = poses[place].candidates
            changed = replace(candidates, camera=concatenate([camera, candidates.camera[1:]]))
            poses[place] = replace(poses[place], candidates=changed)
        return replace(self, poses=tuple(poses))

    def search_again(self, place: int, shared: SharedMesh) -> PoseHypotheses:
        """What a whole search with the shared mesh finds for one image, beside its first pose."""
        poses = self.poses[place]
        return shared.search(poses.observation.image, self.intrinsics[place], poses.camera[:1], poses.trace)


def gather_images(
    alone: Sequence[PoseHypotheses], intrinsics: Sequence[Intrinsics | None], estimator: CameraEstimator
) -> JointImages:
    """Images whose poses were found alone, with the mesh as it is, before anything is shared."""
    config = estimator.config
    groups = focal_groups([poses.observation for poses in alone], config)
    everyone = range(len(alone))
    deformations = estimator.prepared.deformations if needs_deformation(alone, config) else None
    start = None if deformations is None else estimator.mesh.vertices.new_zeros(deformations.count)
    images = JointImages(tuple(intrinsics), tuple(alone), tuple(groups), tuple(everyone), start)
    return images.with_first(unify_focal([poses.camera[:1] for poses in alone], groups), everyone)


def needs_deformation(alone: Sequence[PoseHypotheses], config: Configuration) -> bool:
    """Whether the mesh is not said to be exact, and is not quite the object in most of the images."""
    quality = config.refinement.mesh_quality
    if quality != "auto":
        return quality == "generated"
    return sum(fit_first(poses, config).is_off for poses in alone) > len(alone) / 2


def solve_jointly(images: JointImages, estimator: CameraEstimator) -> JointImages:
    """Coarse to fine. After the first level every image's other poses are compared with the mesh found so far, and
    images that it does not explain are searched anew; those that still fit badly after the second are left out."""
    if images.coefficients is None and all(group is None for group in images.focal_group):
        fitting = [place for place, poses in enumerate(images.poses) if _fits(poses, estimator.config)]
        return replace(images, taking_part=tuple(fitting))
    for number, level in enumerate(estimator.config.joint.levels):
        if number > 1:
            images = leave_out(images, estimator.config)
        images = refine_together(images, level, estimator)
        if number == 0:
            images = reconsider(images, level, estimator)
    return images


def refine_together(images: JointImages, level: LevelConfig, estimator: CameraEstimator) -> JointImages:
    """The poses of those that take part, with what they share, refined at one level."""
    mesh, config = estimator.prepared, estimator.config
    deformed = images.coefficients is not None
    members = [images.poses[place] for place in images.taking_part]
    scorers = [level_scorer(poses, level, config_with_deformation(config) if deformed else config) for poses in members]
    found = refine_jointly(
        mesh.coarse_renderer if level.simplified else mesh.renderer,
        [
            JointView(
                scorer,
                scorer.view.camera(poses.camera[:1]),
                poses.observation.free_focal(scorer.view),
                images.focal_group[place],
            )
            for scorer, poses, place in zip(scorers, members, images.taking_part, strict=True)
        ],
        level.iterations,
        (mesh.coarse_deformations if level.simplified else mesh.deformations) if deformed else None,
        config.deformation.prior_weight,
        images.coefficients,
        outlier=config.joint.outlier,
        up=mesh.up,
    )
    cameras = [
        scorer.view.full_camera(view.camera, poses.observation.frame.width, poses.observation.frame.height)
        for scorer, view, poses in zip(scorers, found.views, members, strict=True)
    ]
    images = images.with_first(cameras, images.taking_part)
    return replace(images, found=found, coefficients=found.coefficients if deformed else None)


def reconsider(images: JointImages, level: LevelConfig, estimator: CameraEstimator) -> JointImages:
    """With the first pose of each image chosen anew, now that the mesh is known better. All take part again."""
    assert images.found is not None
    shared, groups = SharedMesh(estimator, images.coefficients), images.focal_group
    suspicious = images.found.cost > estimator.config.joint.outlier * images.found.cost.median()
    poses = []
    for place, before in enumerate(images.poses):
        if suspicious[place] or _is_hidden(shared.show(before), estimator.config):
            poses.append(images.search_again(place, shared))
        else:
            poses.append(shared.compare_others(before, images.found.score[place : place + 1], level))
    images = replace(images, poses=tuple(poses), taking_part=tuple(range(len(poses))))
    return images.with_first(unify_focal([each.camera[:1] for each in poses], groups), images.taking_part)


def leave_out(images: JointImages, config: Configuration) -> JointImages:
    """Without the images that fit far worse than most."""
    assert images.found is not None
    most = LEFT_OUT * config.joint.outlier * images.found.cost.median()
    staying = [place for place, cost in zip(images.taking_part, images.found.cost, strict=True) if cost <= most]
    return replace(images, taking_part=tuple(staying))


def _fits(poses: PoseHypotheses, config: Configuration) -> bool:
    """Whether the first pose explains the silhouette with its mesh."""
    fit = fit_first(poses, config)
    return not (fit.is_off and config.refinement.mesh_quality == "auto") and not _is_hidden(poses, config)


def _is_hidden(poses: PoseHypotheses, config: Configuration) -> bool:
    """Whether something seems to hide a part of the object that is not known to be hidden."""
    return config.refinement.occlusion == "auto" and not poses.occluded and fit_first(poses, config).is_hidden
