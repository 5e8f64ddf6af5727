"""Every setting of an estimate, as one tree of frozen dataclasses.

The command line, the TOML presets in ``configs/`` and the Python API fill the same tree, and results store it whole.
"""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, dataclass, field, replace
from typing import Any, get_args

from camera_estimation.configuration.limits import LimitsConfig
from camera_estimation.configuration.refinement_settings import (
    DeformationConfig,
    JointConfig,
    RefinementConfig,
    TrackingConfig,
)
from camera_estimation.configuration.search_settings import SearchConfig
from camera_estimation.configuration.setting_types import (
    Axis,
    DepthKind,
    DeviceName,
    FieldOfView,
    FlightCount,
    Lighting,
    LossTerms,
    MaskUse,
    NonNegative,
    OptimizeFov,
    Pictures,
    PlaceCount,
    PoseNumber,
    Positive,
    RayInputs,
    RegionWeights,
    Roll,
    RowCount,
    Scale,
    Seed,
    StepNumber,
    Weight,
    WindowPixels,
    WorkerNumber,
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
class AppearanceConfig:
    """What counts as a difference between render and target (see losses/appearance.py)."""

    silhouette_weight: NonNegative = 4.0  # of a squared difference in coverage beside one in colour
    silhouette_threshold: NonNegative = 0.1  # differences beyond these count linearly, not squared
    color_threshold: NonNegative = 0.1
    # "none"; "gain" (and bias) per channel; "sh": spherical harmonics of second order, "shading": for a body of one
    # color; "auto": "shading" where the mesh is of one color, else "gain"
    lighting: Lighting = "auto"


@dataclass(frozen=True)
class LossConfig:
    """The objective that scores the survivors and drives the last refinement."""

    name: str = DEFAULT_LOSS
    file: str = ""  # a Python file of objectives (see losses/loss_file.py)
    options: dict[str, Any] = field(default_factory=dict)
    terms: LossTerms = ()  # tables that make an objective called ``name`` (see losses/factory.py)
    semantic_cosine: dict[str, Any] = field(default_factory=dict)  # the TOML table [semantic_cosine], as it is there
    resolution: WindowPixels = 256  # pixels of the longer side of the window that the objective sees
    steps: StepNumber = 50  # evaluations of a descent at most, for objectives without residuals
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
    search_poses: PoseNumber = (
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
    rows: RowCount = 16  # of the environment map, which has twice as many columns
    resolution: WindowPixels = 160  # pixels of the longer side of the window in which the mesh is looked at
    places: PlaceCount = 4000  # of the mesh's surface that are looked at, at most
    shadows: bool = True  # that inserted objects cast on the photograph
    shadow_samples: PlaceCount = 256  # directions in which light is looked for at a place


@dataclass(frozen=True)
class ExecutionConfig:
    """Who estimates the samples of camera-estimate (see commands/estimate/executors/). No pose depends on it."""

    executor: str = ""  # "processes" or "ray"; "": this process, or "processes" where the next settings need some
    workers: WorkerNumber = 1  # that estimate at once; 0: as many as processors, memory and devices are for
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
    refinement: RefinementConfig = field(default_factory=RefinementConfig)
    deformation: DeformationConfig = field(default_factory=DeformationConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    joint: JointConfig = field(default_factory=JointConfig)
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
    batch: FlightCount = 1  # images that camera-estimate has in flight at once, as far as the memory of the device goes
    seed: Seed = 0
    pictures: Pictures = "all"  # that are written of each sample; "overlay": of the files only overlay.png

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, which has no infinity: the largest number stands for it.

        ``merge_settings(Configuration(), tree)`` is the way back.
        """
        return _make_finite(asdict(self))

    def for_tracking(self) -> Configuration:
        """The same with the lighter refinement that a nearly right start needs."""
        effort, keep = self.tracking.effort, self.tracking.keep
        levels = (
            replace(level, iterations=max(1, round(effort * level.iterations)), keep=min(level.keep, keep))
            for level in self.refinement.levels
        )
        return replace(self, refinement=replace(self.refinement, levels=tuple(levels)))


def _make_finite(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _make_finite(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_make_finite(value) for value in tree)
    return sys.float_info.max if isinstance(tree, float) and tree == math.inf else tree
