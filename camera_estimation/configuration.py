"""Every setting of an estimate, as one tree of frozen dataclasses.

The command line, the TOML presets in ``configs/`` and the Python API fill the same tree, and results store it whole.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRESET_FOLDER = Path(__file__).parent / "configs"
DEFAULT_LOSS = "silhouette_color"


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
class SearchConfig:
    """Structured viewpoint search (see search/viewpoint_search.py)."""

    viewpoints: int = 800
    rolls: int = 36
    resolution: int = 64  # pixels of a rendered view
    candidates: int = 16
    separation_deg: float = 12.0
    faces: int = 6000  # a denser mesh is searched on a copy of about this many faces


@dataclass(frozen=True)
class LevelConfig:
    """One level of coarse-to-fine refinement."""

    resolution: int  # pixels of the longer side of the window around the object
    blur: float  # standard deviation, in those pixels, that render and target are compared through
    iterations: int
    keep: int  # at most this many candidates go on, the best first
    simplified: bool = False  # refine the search's copy of the mesh


@dataclass(frozen=True)
class RefinementConfig:
    """Batched Gauss-Newton (see refinement/gauss_newton.py)."""

    levels: tuple[LevelConfig, ...] = (
        LevelConfig(resolution=64, blur=1.5, iterations=8, keep=8, simplified=True),
        LevelConfig(resolution=128, blur=1.0, iterations=6, keep=3),
        LevelConfig(resolution=256, blur=1.0, iterations=6, keep=3),
    )
    separation_deg: float = 8.0  # of refined candidates nearer to each other than this only the best goes on
    hopeless: float = 4.0  # a candidate whose cost is this many times the best one's does not go on


@dataclass(frozen=True)
class LossConfig:
    """The objective that scores the survivors and drives the last refinement."""

    name: str = DEFAULT_LOSS
    options: dict[str, Any] = field(default_factory=dict)
    resolution: int = 256  # pixels of the longer side of the window that the objective sees
    steps: int = 50  # of gradient descent, for objectives without residuals
    learning_rate: float = 0.003  # radians, and object radii, a step at the start


@dataclass(frozen=True)
class Configuration:
    """The whole tree. ``Configuration()`` is the preset ``default``."""

    camera: CameraConfig = CameraConfig()
    model: ModelConfig = ModelConfig()
    search: SearchConfig = SearchConfig()
    refinement: RefinementConfig = RefinementConfig()
    loss: LossConfig = field(default_factory=LossConfig)
    device: str = "auto"
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``merged(Configuration(), tree)`` is the way back."""
        return asdict(self)


def merged(config: Any, tree: dict[str, Any], source: str = "configuration", prefix: str = "") -> Any:
    """``config`` with the values of a nested dict (as TOML gives it) put in.

    Raises InputError that names ``source`` and the key for an unknown key or a value of the wrong type.
    """
    known = {item.name: getattr(config, item.name) for item in fields(config)}
    changes = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if key not in known:
            raise InputError(f"{source}: unknown setting '{name}'; known here: {', '.join(known)}")
        changes[key] = _converted(known[key], value, source, name)
    return replace(config, **changes)


def _converted(current: Any, value: Any, source: str, name: str) -> Any:
    if is_dataclass(current):
        if not isinstance(value, dict):
            raise InputError(f"{source}: '{name}' is a table of settings, not {value!r}")
        return merged(current, value, source, f"{name}.")
    if name == "refinement.levels":
        if not value or not all(isinstance(level, dict) for level in value):
            raise InputError(f"{source}: '{name}' is a list of tables with resolution, blur, iterations, keep")
        return tuple(merged(LevelConfig(0, 0.0, 0, 0), level, source, f"{name}.") for level in value)
    if isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if current is not None and value is not None and type(value) is not type(current):
        raise InputError(f"{source}: '{name}' must be a {type(current).__name__}, not {value!r}")
    return value


def preset_names(folder: str = "") -> list[str]:
    """Names of the packaged presets, or of those in a subfolder such as ``models``."""
    return sorted(path.stem for path in (PRESET_FOLDER / folder).glob("*.toml"))


def load_preset(name_or_path: str | Path, config: Configuration | None = None) -> Configuration:
    """A configuration with a TOML file put in: a path, or the name of a packaged preset (``fast``, ``models/TRELLIS``).

    Raises InputError if there is no such preset or the file is not valid.
    """
    path = Path(name_or_path)
    if not path.is_file():
        packaged = PRESET_FOLDER / f"{name_or_path}.toml"
        if not packaged.is_file():
            known = ", ".join(preset_names())
            raise InputError(f"{name_or_path}: no such file, and no packaged preset of that name; packaged: {known}")
        path = packaged
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a valid TOML file: {error}") from error
    return merged(config or Configuration(), tree, source=str(path))
