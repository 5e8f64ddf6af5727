"""What a run of ``camera-insert`` is to do, read and checked before anything is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from camera_estimation.commands.insert.files import read_light, read_placement
from camera_estimation.configuration import LightConfig, check_device_name, load_preset, resolve_device
from camera_estimation.errors import InputError
from camera_estimation.export import PosedImage, find_sequences
from camera_estimation.io import missing_for_videos, use_limits
from camera_estimation.lighting import Light, light_registry
from camera_estimation.lighting.insertion import Placement, PlacementRequest, parse_axis
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.results import EXPORT_FOLDER, read_posed_images, read_run_context

INSERT_FOLDER = "insert"  # in the folder of exports: no sample's name can be in its way
DEFAULT_UP = "+y"
FRAMES_PER_SECOND = 25.0
MOST_NAMES = 10  # of samples that a message lists


@dataclass(frozen=True, kw_only=True)
class InsertRequest:
    """What is asked for.

    Args:
        run: An output folder, or the poses.json in it.
        object_path: The mesh that is put in.
        placement: Where it is to stand; the known mesh's own axis is that of the run.
        samples: Names of samples; none: all.
        light: Method; None: as the settings say.
        light_from: A sample whose light is taken, or an insertion.json with one.
        shadows: Whether the object casts any; None: as the settings say.
        placement_from: An insertion.json whose placement is taken.
        presets: Names of presets and TOML files, of which the tables [light] and [limits] count.
        output_dir: Where files go; None: the folder export/insert of the run.
        frames_per_second: Of videos; None: of the video that frames are of.
        device: auto, cpu, cuda or cuda:N.
        quiet: Nothing is told but errors.
    """

    run: Path
    object_path: Path
    placement: PlacementRequest = field(default_factory=PlacementRequest)
    samples: Sequence[str] = ()
    light: str | None = None
    light_from: str | None = None
    shadows: bool | None = None
    placement_from: Path | None = None
    presets: Sequence[str] = ()
    output_dir: Path | None = None
    frames_per_second: float | None = None
    device: str = "auto"
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class InsertPlan:
    """All that an insertion needs.

    Attributes:
        groups: Samples that are put under one light and have the object at one place: sequences, and single ones.
        inserted: The object.
        placement: What is asked for, or what another insertion had.
        config: Of light.
        light: That another insertion had, if it is to be taken.
        light_sample: The sample whose light is taken for all, if any.
        remarks: Lines that are told first.
    """

    groups: Sequence[Sequence[PosedImage]]
    inserted: TexturedMesh
    placement: PlacementRequest | Placement
    object_up: str
    config: LightConfig
    light: Light | None
    light_sample: PosedImage | None
    output_dir: Path
    frames_per_second: float | None
    device: str
    quiet: bool
    remarks: Sequence[str] = ()


def plan_insert(request: InsertRequest) -> InsertPlan:
    """The plan of an insertion.

    Raises:
        InputError: The run, the object or a file cannot be read, a sample or method is unknown.
    """
    light_config = _use_settings(request)
    images = read_posed_images(request.run)
    chosen = _choose(images, request.samples, request.run)
    folder = request.run if request.run.is_dir() else request.run.parent
    check_device_name(request.device)
    device = str(resolve_device(request.device))
    parse_axis(request.placement.object_up)
    placement = request.placement if request.placement_from is None else read_placement(request.placement_from)
    if isinstance(placement, PlacementRequest):
        placement = replace(placement, own_axis=_up_of_run(request.run))
    light, light_sample = _find_light(request.light_from, images)
    return InsertPlan(
        groups=group_images(chosen),
        inserted=load_mesh(request.object_path).to(device),
        placement=placement,
        object_up=request.placement.object_up,
        config=light_config,
        light=light,
        light_sample=light_sample,
        output_dir=request.output_dir or folder / EXPORT_FOLDER / INSERT_FOLDER,
        frames_per_second=request.frames_per_second,
        device=device,
        quiet=request.quiet,
        remarks=_remarks(chosen),
    )


def group_images(images: Sequence[PosedImage]) -> list[list[PosedImage]]:
    """Sequences together, each other sample alone, in their order."""
    sequences = find_sequences([image.entry for image in images])
    in_sequence = {index for sequence in sequences for index in sequence}
    groups = [[index] for index in range(len(images)) if index not in in_sequence] + sequences
    return [[images[index] for index in group] for group in sorted(groups)]


def _choose(images: Sequence[PosedImage], names: Sequence[str], run: Path) -> list[PosedImage]:
    known = [image.name for image in images]
    for name in names:
        if name not in known:
            raise InputError(f"{run}: has no finished sample '{name}'; its samples are {_list(known)}")
    return [image for image in images if not names or image.name in names]


def _list(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _use_settings(request: InsertRequest) -> LightConfig:
    """Those of light; the limits hold from here on for all that the process reads."""
    from camera_estimation.configuration import Configuration

    config = Configuration()
    for preset in request.presets:
        config = load_preset(preset, config)
    use_limits(config.limits)
    light = config.light if request.light is None else replace(config.light, method=request.light)
    light_registry.check_runnable(light.method)
    return light if request.shadows is None else replace(light, shadows=request.shadows)


def _find_light(asked: str | None, images: Sequence[PosedImage]) -> tuple[Light | None, PosedImage | None]:
    if asked is None:
        return None, None
    by_name = {image.name: image for image in images}
    if asked in by_name:
        return None, by_name[asked]
    path = Path(asked)
    if not path.is_file():
        raise InputError(
            f"--light_from {asked}: is neither a finished sample of the run ({_list(list(by_name))}) nor a file; give "
            "one of them"
        )
    return read_light(path), None


def _up_of_run(run: Path) -> str:
    """Of the settings that the run was made with."""
    settings: Any = read_run_context(run).record.get("settings")
    model = settings.get("model") if isinstance(settings, dict) else None
    up = model.get("up_axis") if isinstance(model, dict) else None
    return up if isinstance(up, str) else DEFAULT_UP


def _remarks(images: Sequence[PosedImage]) -> list[str]:
    lacking = missing_for_videos()
    several = any(len(group) > 1 for group in group_images(images))
    return [f"sequences become pictures, and no videos: {lacking}"] if several and lacking else []
