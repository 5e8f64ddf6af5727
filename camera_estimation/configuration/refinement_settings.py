"""Settings of the refinement, of one image, of frames and of images together: a part of the tree in ``schema``."""

from __future__ import annotations

from dataclasses import dataclass

from camera_estimation.configuration.setting_types import (
    Blur,
    Finite,
    ImageCount,
    JointFocal,
    MeshQuality,
    ModeNumber,
    NonNegative,
    Occlusion,
    PoseCount,
    PoseNumber,
    Positive,
    StepNumber,
    TrackingMethod,
    WholeNumber,
    WindowPixels,
)


@dataclass(frozen=True)
class LevelConfig:
    """One level of coarse-to-fine refinement."""

    resolution: WindowPixels  # pixels of the longer side of the window around the object
    blur: Blur  # standard deviation, in those pixels, that render and target are compared through
    iterations: StepNumber
    keep: PoseCount  # at most this many candidates go on, the best first
    simplified: bool = False  # refine the search's copy of the mesh
    hidden_from: NonNegative = 0.2  # mean difference of coverage from which an area counts as hidden, with occlusion


@dataclass(frozen=True)
class RefinementConfig:
    """Batched Gauss-Newton (see refinement/gauss_newton.py)."""

    levels: tuple[LevelConfig, ...] = (
        LevelConfig(resolution=64, blur=1.5, iterations=8, keep=8, simplified=True, hidden_from=0.5),
        LevelConfig(resolution=128, blur=1.0, iterations=6, keep=3, simplified=True, hidden_from=0.3),
        LevelConfig(resolution=256, blur=1.0, iterations=6, keep=3),
    )
    occlusion: Occlusion = "auto"  # "on", "off"; "auto": where the mask shows areas that no pose explains
    mesh_quality: MeshQuality = "auto"  # "exact", "generated" (deformed); "auto": where no pose fits the silhouette
    separation_deg: NonNegative = 8.0  # of refined candidates nearer to each other than this only the best goes on
    # A candidate that comes this near to a better one, in rotation and in the object's place (its radii), stops there.
    merging_deg: NonNegative = 5.0
    merging_radii: NonNegative = 0.2
    hopeless: Positive = 4.0  # a candidate whose cost is this many times the best one's does not go on
    hopeless_finest: Positive = 2.0  # nor to the finest level, whose renders cost most, after two others


@dataclass(frozen=True)
class TrackingConfig:
    """Estimates that start from a pose that is nearly right already (see tracking/tracker.py), and frames that are
    followed without estimates (see tracking/video_tracker.py)."""

    method: TrackingMethod = "auto"  # "contour": frames are followed; "refine": estimated; "auto": as they have masks
    confirm_every: WholeNumber = 200  # followed frames after which one is estimated; 0: none is
    searched: PoseNumber = 2  # candidates of the search that compete with a neighbouring frame's pose
    effort: NonNegative = 0.4  # the share of each level's iterations that a start near the answer needs
    keep: PoseCount = 2  # candidates that go on from a level, at most
    jump_deg: NonNegative = 30.0  # a frame that differs more from what its neighbours foretell is searched anew
    loss_factor: NonNegative = 2.0  # as is one whose loss is more than this many times that of the recent frames
    loss_slack: Finite = 0.005  # and this: exact meshes leave next to no loss, whose multiples mean nothing
    overlap_drop: Finite = 0.03  # or whose silhouette IoU is this much less than theirs
    least_overlap: Finite = 0.9  # silhouette IoU from which a pose that was given explains an image


@dataclass(frozen=True)
class DeformationConfig:
    """Smooth deformation of a generated mesh, found with the pose (see refinement/deformation.py)."""

    modes: ModeNumber = 10  # of each coordinate's displacement
    length: Positive = 1.8  # over which displacements are alike, in object radii
    deviation: Positive = 0.05  # of each coordinate's displacement, in object radii; a third once similarities are out
    stretch: Positive = 0.05  # of each axis' scale (standard deviation), as a share of it
    prior_weight: NonNegative = 3e-3  # cost of a mode at its standard deviation
    color_threshold: NonNegative = 0.3  # colours beyond which count linearly: those of a generated mesh are less exact
    levels: tuple[LevelConfig, ...] = (
        LevelConfig(resolution=128, blur=1.0, iterations=8, keep=2, simplified=True),
        LevelConfig(resolution=256, blur=1.0, iterations=6, keep=2),
    )


@dataclass(frozen=True)
class JointConfig:
    """Images of one mesh that are estimated together (see estimation/joint/)."""

    images: ImageCount = 16  # at most so many, spread over all, tell what is shared; the others are estimated with it
    focal: JointFocal = "shared"  # of images of one size whose focal length is not known; "own": each has its own
    outlier: Positive = 3.0  # times the median cost: an image of that cost moves what is shared a quarter as much
    # As in [deformation]; what several images show may bend more freely than what one does.
    modes: ModeNumber = 16
    length: Positive = 1.2
    prior_weight: NonNegative = 3e-4
    levels: tuple[LevelConfig, ...] = (
        LevelConfig(resolution=128, blur=1.0, iterations=8, keep=3, simplified=True),
        LevelConfig(resolution=128, blur=1.0, iterations=6, keep=3, simplified=True),
        LevelConfig(resolution=256, blur=1.0, iterations=4, keep=3),
    )
