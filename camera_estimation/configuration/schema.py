"""Every setting of an estimate, as one tree of frozen dataclasses.

The command line, the TOML presets in ``configs/`` and the Python API fill the same tree, and results store it whole.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

from camera_estimation.errors import InputError

DEFAULT_LOSS = "silhouette_color"
RENDERERS = ("warp", "pytorch3d")  # the first is the default
# Of depth files: in the mesh's units; up to scale and shift; the inverse of depth up to scale and shift.
DEPTH_KINDS = ("metric", "relative", "inverse")
SEARCH_METHODS = ("viewpoints", "pso", "cma")


@dataclass(frozen=True)
class CameraConfig:
    """What is known of the camera where no intrinsics are given."""

    fov_deg: float = 40.0
    optimize_fov: bool = False
    roll: str = "free"  # "free" or "upright": the image's vertical is the mesh's up axis


@dataclass(frozen=True)
class ModelConfig:
    """How a generator places its meshes. It orders the search and never forbids a pose."""

    name: str = "generic"
    up_axis: str = "+y"
    front_axis: str | None = None  # the side of the mesh that its source image usually shows
    prior_weight: float = 0.0  # bonus in the search's score of a view from the front, upright


@dataclass(frozen=True)
class OrbitConfig:
    """The cameras among which the methods "pso" and "cma" search (see search/orbit_space.py); lengths in object radii.

    Directions are those of the whole sphere.
    """

    radius_min: float = 1.5
    radius_max: float = 10.0
    look_at: float = 0.3  # the point looked at is at most this far from the mesh's centre along each axis
    roll: bool = True  # search in-plane rotations too, where camera.roll is "free"
    resolution: int = 64  # pixels of the longer side of the window that the objective sees while searching


@dataclass(frozen=True)
class SwarmConfig:
    """The method "pso" (see search/particle_swarm.py); the coefficients are those of Clerc and Kennedy."""

    samples: int = 1000  # uniform, of which the best become particles
    particles: int = 100
    iterations: int = 15
    inertia: float = 0.7298
    cognitive: float = 1.49618  # pull towards the particle's own best
    social: float = 1.49618  # pull towards the best of all
    max_velocity: float = 0.2  # per iteration, as a share of each coordinate's range


@dataclass(frozen=True)
class EvolutionConfig:
    """The method "cma" (see search/evolution.py)."""

    samples: int = 1000  # uniform, of which the best that differ become starts
    starts: int = 12  # covariance matrix adaptations, each from its own start
    population: int = 12  # cameras a generation of each
    evaluations: int = 6000  # of the objective in all, samples included
    sigma: float = 0.05  # first standard deviation, as a share of each coordinate's range


@dataclass(frozen=True)
class SearchConfig:
    """How candidates are found: "viewpoints" is the structured search (see search/viewpoint_search.py), which needs no
    objective; "pso" and "cma" look for the least value of the objective."""

    method: str = "viewpoints"
    viewpoints: int = 800
    rolls: int = 36
    resolution: int = 64  # pixels of a rendered view
    candidates: int = 16
    separation_deg: float = 12.0
    faces: int = 6000  # a denser mesh is searched on a copy of about this many faces
    orbit: OrbitConfig = OrbitConfig()
    swarm: SwarmConfig = SwarmConfig()
    evolution: EvolutionConfig = EvolutionConfig()


@dataclass(frozen=True)
class LevelConfig:
    """One level of coarse-to-fine refinement."""

    resolution: int  # pixels of the longer side of the window around the object
    blur: float  # standard deviation, in those pixels, that render and target are compared through
    iterations: int
    keep: int  # at most this many candidates go on, the best first
    simplified: bool = False  # refine the search's copy of the mesh
    hidden_from: float = 0.2  # mean difference of coverage from which an area counts as hidden, where occlusion is on


@dataclass(frozen=True)
class AppearanceConfig:
    """What counts as a difference between render and target (see losses/appearance.py)."""

    silhouette_weight: float = 4.0  # of a squared difference in coverage beside one in colour
    silhouette_threshold: float = 0.1  # differences beyond these count linearly, not squared
    color_threshold: float = 0.1
    lighting: str = "gain"  # "none", "gain" (and bias) per channel, or "sh": spherical harmonics of second order


@dataclass(frozen=True)
class DeformationConfig:
    """Smooth deformation of a generated mesh, found with the pose (see refinement/deformation.py)."""

    modes: int = 16  # of each coordinate's displacement
    length: float = 1.2  # over which displacements are alike, in object radii
    deviation: float = 0.05  # of each coordinate's displacement, in object radii; a third once similarities are out
    prior_weight: float = 3e-4  # cost of a mode at its standard deviation
    color_threshold: float = 0.3  # colours beyond which count linearly: those of a generated mesh are less exact
    levels: tuple[LevelConfig, ...] = (
        LevelConfig(resolution=128, blur=1.0, iterations=12, keep=2),
        LevelConfig(resolution=256, blur=1.0, iterations=8, keep=2),
    )


@dataclass(frozen=True)
class RefinementConfig:
    """Batched Gauss-Newton (see refinement/gauss_newton.py)."""

    levels: tuple[LevelConfig, ...] = (
        LevelConfig(resolution=64, blur=1.5, iterations=8, keep=8, simplified=True, hidden_from=0.5),
        LevelConfig(resolution=128, blur=1.0, iterations=6, keep=3, hidden_from=0.3),
        LevelConfig(resolution=256, blur=1.0, iterations=6, keep=3),
    )
    occlusion: str = "auto"  # "on", "off"; "auto": where the mask shows areas that no pose explains
    mesh_quality: str = "auto"  # "exact", "generated" (deformed); "auto": where no pose fits the silhouette
    separation_deg: float = 8.0  # of refined candidates nearer to each other than this only the best goes on
    hopeless: float = 4.0  # a candidate whose cost is this many times the best one's does not go on


@dataclass(frozen=True)
class TrackingConfig:
    """Estimates that start from a pose that is nearly right already (see tracking/tracker.py)."""

    searched: int = 2  # candidates of the search that compete with a neighbouring frame's pose
    effort: float = 0.4  # the share of each level's iterations that a start near the answer needs
    keep: int = 2  # candidates that go on from a level, at most
    jump_deg: float = 30.0  # a frame that differs more than this from what its neighbours foretell is searched anew
    loss_factor: float = 2.0  # as is one whose loss is more than this many times that of the recent frames
    loss_slack: float = 0.005  # and this: exact meshes leave next to no loss, whose multiples mean nothing
    overlap_drop: float = 0.03  # or whose silhouette IoU is this much less than theirs
    least_overlap: float = 0.9  # silhouette IoU from which a pose that was given explains an image


@dataclass(frozen=True)
class LossConfig:
    """The objective that scores the survivors and drives the last refinement."""

    name: str = DEFAULT_LOSS
    file: str = ""  # a Python file of objectives (see losses/loss_file.py)
    options: dict[str, Any] = field(default_factory=dict)
    terms: tuple[dict[str, Any], ...] = ()  # tables that make an objective called ``name`` (see losses/factory.py)
    semantic_cosine: dict[str, Any] = field(default_factory=dict)  # the TOML table [semantic_cosine], as it is there
    resolution: int = 256  # pixels of the longer side of the window that the objective sees
    steps: int = 50  # evaluations of a descent at most, for objectives without residuals
    first_step: float = 0.006  # radians, and object radii: what a descent tries first


@dataclass(frozen=True)
class EvidenceConfig:
    """What it costs to contradict what is known beside the pixels (see losses/evidence.py)."""

    keypoint_weight: float = 0.02  # cost of a pose that agrees with no keypoint
    keypoint_pixels: float = 5.0  # of the view: an error of this many costs half of that
    depth_weight: float = 0.05  # cost of a depth that is off by ``depth_tolerance``, about half of it
    depth_tolerance: float = 0.03  # object radii; errors of many of them cost no more than of a few
    depth_kind: str = "metric"  # "relative": up to scale and shift; "inverse": of its inverse, up to scale and shift
    depth_scale: float = 1.0  # what values of depth files are multiplied by
    region_weights: dict[str, float] = field(default_factory=dict)  # by category: how much its pixels count
    search_poses: int = 24  # poses that keypoints leave possible, which start beside those of the search, at most


@dataclass(frozen=True)
class Configuration:
    """The whole tree. ``Configuration()`` is the preset ``default``."""

    camera: CameraConfig = CameraConfig()
    model: ModelConfig = ModelConfig()
    search: SearchConfig = SearchConfig()
    appearance: AppearanceConfig = AppearanceConfig()
    refinement: RefinementConfig = RefinementConfig()
    deformation: DeformationConfig = DeformationConfig()
    tracking: TrackingConfig = TrackingConfig()
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    mask: str = "auto"  # "none": images are taken to have no mask, whatever they and their files say
    segmenter: str = ""  # what finds the object where neither alpha nor a file says: see segmentation/names.py
    renderer: str = RENDERERS[0]
    device: str = "auto"
    seed: int = 0

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


def merge_settings(config: Any, tree: dict[str, Any], source: str = "configuration", prefix: str = "") -> Any:
    """``config`` with the values of a nested dict (as TOML gives it) put in.

    Raises InputError that names ``source`` and the key for an unknown key or a value of the wrong type.
    """
    known = {item.name: getattr(config, item.name) for item in fields(config)}
    changes = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if key not in known:
            raise InputError(f"{source}: unknown setting '{name}'; known here: {', '.join(known)}")
        changes[key] = _convert(known[key], value, source, name)
    return replace(config, **changes)


def _convert(current: Any, value: Any, source: str, name: str) -> Any:
    if is_dataclass(current):
        if not isinstance(value, dict):
            raise InputError(f"{source}: '{name}' is a table of settings, not {value!r}")
        return merge_settings(current, value, source, f"{name}.")
    if name.endswith(".levels"):
        if not isinstance(value, list | tuple) or not all(isinstance(level, dict) for level in value):
            raise InputError(f"{source}: '{name}' is a list of tables with resolution, blur, iterations, keep")
        return tuple(merge_settings(LevelConfig(0, 0.0, 0, 0), level, source, f"{name}.") for level in value)
    if name == "loss.terms":
        if not isinstance(value, list | tuple) or not all(isinstance(term, dict) for term in value):
            raise InputError(f"{source}: '{name}' is a list of tables with term or objective, weight, and options")
        return tuple(value)
    if isinstance(current, dict) and isinstance(value, dict):
        return _overlay(current, value)
    if isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if current is not None and value is not None and type(value) is not type(current):
        raise InputError(f"{source}: '{name}' must be a {type(current).__name__}, not {value!r}")
    return value


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """One dict of both, tables within tables too; where they differ ``above`` counts."""
    tables = {key: _overlay(below[key], value) for key, value in above.items() if _is_table(value, below.get(key))}
    return {**below, **above, **tables}


def _is_table(*values: Any) -> bool:
    return all(isinstance(value, dict) for value in values)
