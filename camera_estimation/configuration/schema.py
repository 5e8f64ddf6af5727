"""Every setting of an estimate, as one tree of frozen dataclasses.

The command line, the TOML presets in ``configs/`` and the Python API fill the same tree, and results store it whole.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, get_args

from camera_estimation.configuration.limits import LimitsConfig
from camera_estimation.configuration.search_settings import SearchConfig
from camera_estimation.configuration.setting_types import (
    Axis,
    Count,
    DepthKind,
    DeviceName,
    FieldOfView,
    JointFocal,
    Lighting,
    LossTerms,
    MaskUse,
    MeshQuality,
    NonNegative,
    Occlusion,
    OptimizeFov,
    Pictures,
    Positive,
    RayInputs,
    RegionWeights,
    Roll,
    Scale,
    TrackingMethod,
    Weight,
    WholeNumber,
)

DEFAULT_LOSS = "silhouette_color"
DEPTH_KINDS: tuple[str, ...] = get_args(DepthKind)


@dataclass(frozen=True)
class CameraConfig:
    """What is known of the camera where no intrinsics are given."""

    fov_deg: FieldOfView = 40.0
    fov_deviation_deg: Positive = 25.0  # standard deviation of the true field of view from ``fov_deg``
    exif: bool = True  # the focal length that an image's EXIF tells counts instead of ``fov_deg``
    optimize_fov: OptimizeFov = "auto"  # "on", "off"; "auto": where no intrinsics are given
    roll: Roll = "free"  # "free" or "upright": the image's vertical is the mesh's up axis


@dataclass(frozen=True)
class ModelConfig:
    """How a generator places its meshes. It orders the search and never forbids a pose."""

    name: str = "generic"
    up_axis: Axis = "+y"
    front_axis: Axis | None = None  # the side of the mesh that its source image usually shows
    prior_weight: NonNegative = 0.0  # bonus in the search's score of a view from the front, upright


@dataclass(frozen=True)
class LevelConfig:
    """One level of coarse-to-fine refinement."""

    resolution: Count  # pixels of the longer side of the window around the object
    blur: NonNegative  # standard deviation, in those pixels, that render and target are compared through
    iterations: WholeNumber
    keep: Count  # at most this many candidates go on, the best first
    simplified: bool = False  # refine the search's copy of the mesh
    hidden_from: NonNegative = 0.2  # mean difference of coverage from which an area counts as hidden, with occlusion


@dataclass(frozen=True)
class AppearanceConfig:
    """What counts as a difference between render and target (see losses/appearance.py)."""

    silhouette_weight: NonNegative = 4.0  # of a squared difference in coverage beside one in colour
    silhouette_threshold: NonNegative = 0.1  # differences beyond these count linearly, not squared
    color_threshold: NonNegative = 0.1
    # "none"; "gain" (and bias) per channel; "sh": spherical harmonics of second order, "shading": for a body of one
    # color; "auto": "shading" where the mesh is of one color, else "gain"
    lighting: Lighting = "auto"


@dataclass(frozen=True)
class DeformationConfig:
    """Smooth deformation of a generated mesh, found with the pose (see refinement/deformation.py)."""

    modes: WholeNumber = 10  # of each coordinate's displacement
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
    searched: WholeNumber = 2  # candidates of the search that compete with a neighbouring frame's pose
    effort: NonNegative = 0.4  # the share of each level's iterations that a start near the answer needs
    keep: Count = 2  # candidates that go on from a level, at most
    jump_deg: NonNegative = 30.0  # a frame that differs more from what its neighbours foretell is searched anew
    loss_factor: NonNegative = 2.0  # as is one whose loss is more than this many times that of the recent frames
    loss_slack: float = 0.005  # and this: exact meshes leave next to no loss, whose multiples mean nothing
    overlap_drop: float = 0.03  # or whose silhouette IoU is this much less than theirs
    least_overlap: float = 0.9  # silhouette IoU from which a pose that was given explains an image


@dataclass(frozen=True)
class JointConfig:
    """Images of one mesh that are estimated together (see estimation/joint/)."""

    images: Count = 16  # at most so many, spread over all, tell what is shared; the others are estimated with it
    focal: JointFocal = "shared"  # of images of one size whose focal length is not known; "own": each has its own
    outlier: Positive = 3.0  # times the median cost: an image of that cost moves what is shared a quarter as much
    # As in [deformation]; what several images show may bend more freely than what one does.
    modes: WholeNumber = 16
    length: Positive = 1.2
    prior_weight: NonNegative = 3e-4
    levels: tuple[LevelConfig, ...] = (
        LevelConfig(resolution=128, blur=1.0, iterations=8, keep=3, simplified=True),
        LevelConfig(resolution=128, blur=1.0, iterations=6, keep=3, simplified=True),
        LevelConfig(resolution=256, blur=1.0, iterations=4, keep=3),
    )


@dataclass(frozen=True)
class LossConfig:
    """The objective that scores the survivors and drives the last refinement."""

    name: str = DEFAULT_LOSS
    file: str = ""  # a Python file of objectives (see losses/loss_file.py)
    options: dict[str, Any] = field(default_factory=dict)
    terms: LossTerms = ()  # tables that make an objective called ``name`` (see losses/factory.py)
    semantic_cosine: dict[str, Any] = field(default_factory=dict)  # the TOML table [semantic_cosine], as it is there
    resolution: Count = 256  # pixels of the longer side of the window that the objective sees
    steps: WholeNumber = 50  # evaluations of a descent at most, for objectives without residuals
    first_step: Positive = 0.006  # radians, and object radii: what a descent tries first


@dataclass(frozen=True)
class EvidenceConfig:
    """What it costs to contradict what is known beside the pixels (see losses/evidence.py)."""

    keypoint_weight: Weight = 0.02  # cost of a pose that agrees with no keypoint
    keypoint_pixels: Scale = 5.0  # of the view: an error of this many costs half of that
    depth_weight: Weight = 0.05  # cost of a depth that is off by ``depth_tolerance``, about half of it
    depth_tolerance: Scale = 0.03  # object radii; errors of many of them cost no more than of a few
    depth_kind: DepthKind = "metric"  # "relative": up to scale and shift; "inverse": so is its inverse
    depth_scale: Scale = 1.0  # what values of depth files are multiplied by
    region_weights: RegionWeights = field(default_factory=dict)  # by category: how much its pixels count
    matches: str = ""  # what finds points of the mesh in images by matching renders with them: "alike", or "alike:n"
    search_poses: WholeNumber = (
        24  # at most this many poses that keypoints leave possible start beside those of the search
    )


@dataclass(frozen=True)
class LightConfig:
    """Light estimated from how a mesh of known pose looks, and what it makes of inserted objects (see lighting/).

    Which of the terms a method has, its ``terms`` say.
    """

    method: str = "environment"
    self_occlusion: bool = True  # the mesh keeps light from itself
    robust: bool = True  # places that light does not explain, such as gloss, count less
    ambient: bool = True  # light from all sides: beside the dominant direction, and where nothing else is known
    texture_gain: bool = True  # brightness and tint that are unlikely of light are shared out with an inexact texture
    ridge: NonNegative = 1e-4  # weight of even light beside the places: of harmonics above the constant one
    map_ridge: NonNegative = 1e-4  # likewise, of an environment map's cells
    color_ridge: NonNegative = 1e-2  # weight of a light of one tint from everywhere
    smoothness: NonNegative = 3e-6  # weight of the squared gradient of an environment map
    rows: Count = 16  # of the environment map, which has twice as many columns
    resolution: Count = 160  # pixels of the longer side of the window in which the mesh is looked at
    places: Count = 4000  # of the mesh's surface that are looked at, at most
    shadows: bool = True  # that inserted objects cast on the photograph
    shadow_samples: Count = 256  # directions in which light is looked for at a place


@dataclass(frozen=True)
class ExecutionConfig:
    """Who estimates the samples of camera-estimate (see commands/estimate/executors/). No pose depends on it."""

    executor: str = ""  # "processes" or "ray"; "": this process, or "processes" where the next settings need some
    workers: WholeNumber = 1  # that estimate at once; 0: as many as processors, memory and devices are for
    timeout: NonNegative = 0.0  # seconds after which a sample is given up; 0: never
    ray_address: str = ""  # of a Ray cluster, HOST:PORT or "auto"; "": one of this machine, for this run
    gpus_per_worker: NonNegative = 0.0  # that Ray gives to each worker; 0: workers estimate on the processor
    ray_inputs: RayInputs = "shipped"  # "shared": workers read the files of samples where they are


@dataclass(frozen=True)
class Configuration:
    """All settings of an estimate. ``Configuration()`` is the preset ``default``."""

    camera: CameraConfig = CameraConfig()
    model: ModelConfig = ModelConfig()
    search: SearchConfig = field(default_factory=SearchConfig)
    appearance: AppearanceConfig = AppearanceConfig()
    refinement: RefinementConfig = RefinementConfig()
    deformation: DeformationConfig = DeformationConfig()
    tracking: TrackingConfig = TrackingConfig()
    joint: JointConfig = JointConfig()
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    light: LightConfig = LightConfig()
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    execution: ExecutionConfig = ExecutionConfig()
    mask: MaskUse = "auto"  # "none": images are taken to have no mask, whatever they and their files say
    mask_label: str = ""  # of masks with several: the object's number, or its color as "#rrggbb"
    segmenter: str = ""  # what finds the object where neither alpha nor a file says: see segmentation/names.py
    renderer: str = "warp"
    device: DeviceName = "auto"
    batch: Count = 1  # images that camera-estimate has in flight at once, as far as the memory of the device goes
    seed: WholeNumber = 0
    pictures: Pictures = "all"  # that are written of each sample; "overlay": of the files only overlay.png

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``merge_settings(Configuration(), tree)`` is the way back."""
        return asdict(self)

    def for_tracking(self) -> Configuration:
        """The same with the lighter refinement that a nearly right start needs."""
        effort, keep = self.tracking.effort, self.tracking.keep
        levels = (
            replace(level, iterations=max(1, round(effort * level.iterations)), keep=min(level.keep, keep))
            for level in self.refinement.levels
        )
        return replace(self, refinement=replace(self.refinement, levels=tuple(levels)))
