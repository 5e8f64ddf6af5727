"""What a run of ``camera-estimate`` is to do, read and checked before anything starts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from camera_estimation.batch import InputFingerprints, SampleRequest, check_runnable, find_inputs, name_settings_files
from camera_estimation.commands.estimate.shard import Shard, select_samples_of
from camera_estimation.commands.export import prepare_exporters
from camera_estimation.configuration import Configuration, Pictures
from camera_estimation.dataset import ImageSources, KnownIntrinsics, Sample, load_boxes, load_points, sequence_keys
from camera_estimation.errors import InputError
from camera_estimation.export import Exporter, create_exporter
from camera_estimation.losses import SEMANTIC_TERM, uses_term
from camera_estimation.records import check_recordable, run_name
from camera_estimation.results import InitialPoses, load_initial_poses


@dataclass(frozen=True, kw_only=True)
class EstimateRequest(SampleRequest):
    """What is asked for. ``preset`` is the name that the folder of a record gets from the settings."""

    output_dir: Path
    boxes: Path | None = None
    points: Path | None = None
    init: Path | None = None
    resume_from: Path | None = None
    random_init: int | None = None
    sequence: bool = False
    joint: bool = False
    smooth: float | None = None
    min_confidence: float | None = None
    exports: Sequence[str] = ()
    maps: Sequence[str] = ()
    maps_format: str | None = None
    record_every: int | None = None
    preset: str | None = None
    retry_failed: bool = False
    json_lines: bool = False
    shard: Shard | None = None


@dataclass(frozen=True, kw_only=True)
class EstimatePlan:
    """All that a run needs."""

    config: Configuration
    samples: Sequence[Sample]
    output_dir: Path
    images: ImageSources = field(default_factory=ImageSources)
    intrinsics: KnownIntrinsics = field(default_factory=KnownIntrinsics)
    initial: InitialPoses | None = None
    sequence: bool = False  # images of one mesh are consecutive frames
    joint: bool = False  # images of one mesh are estimated together
    random_init: int | None = None  # random poses that each sample starts from, instead of the search
    smooth: float | None = None  # standard deviation in frames over which poses are smoothed
    min_confidence: float | None = None  # samples with less are told, and the exit code says that there are some
    exporters: Sequence[Exporter] = ()  # of what is written beside the results, of all samples together
    maps: Exporter | None = None  # of what is written into the folder of each sample after all are through
    record_name: str | None = None  # of a new folder in ``output_dir``, to which results go then
    record_every: int | None = None  # steps from picture to picture of a record; None: nothing is recorded
    demo: bool = False
    overwrite: bool = False
    quiet: bool = False
    verbose: bool = False
    command_line: Sequence[str] = ()
    remarks: Sequence[str] = ()  # lines that are told before the first sample
    retry_failed: bool = False  # of the samples those alone that failed in an earlier run
    shard: Shard | None = None  # the part of a run that this is
    json_lines: bool = False  # of each sample its entry on stdout, and all that is told on stderr

    @cached_property
    def fingerprints(self) -> InputFingerprints:
        """Of what samples are estimated from."""
        mode = {"sequence": self.sequence, "joint": self.joint, "random_init": self.random_init}
        return InputFingerprints(self.config, self.images, self.intrinsics, self.initial, mode)

    @property
    def consecutive(self) -> Sequence[Sample]:
        """The samples that are frames of sequences: all if that is asked for, else the frames of videos, unless poses
        start elsewhere."""
        if self.sequence:
            return self.samples
        refined = self.config.mask == "none" and self.config.tracking.method == "refine"
        if self.joint or self.random_init is not None or refined:
            return ()
        return [sample for sample in self.samples if sample.frame is not None]


def plan_estimate(request: EstimateRequest) -> EstimatePlan:
    """The plan of a run; the objective and the segmenter are loaded by then.

    Raises:
        InputError: Something that is asked for cannot be used, does not exist or cannot run here.
    """
    config = request.config
    boxes = load_boxes(request.boxes) if request.boxes else {}
    points = load_points(request.points) if request.points else {}
    with name_settings_files(request.config_files):
        regions = uses_term(config.loss, SEMANTIC_TERM)
    needs_masks = request.joint or request.random_init is not None
    inputs = find_inputs(request, regions, boxes, points, needs_masks)
    initial = _initial_poses(request)
    exporters = prepare_exporters(request.exports)
    picture_remarks = _picture_remarks(exporters, config.pictures)
    with name_settings_files(request.config_files):
        check_runnable(config)
    plan = EstimatePlan(
        config=config,
        samples=inputs.samples,
        output_dir=request.output_dir,
        images=inputs.images,
        intrinsics=inputs.intrinsics,
        initial=initial,
        sequence=request.sequence,
        joint=request.joint,
        random_init=request.random_init,
        smooth=request.smooth,
        min_confidence=request.min_confidence,
        exporters=exporters,
        maps=_map_exporter(request),
        record_name=_record_name(request) if request.record_every else None,
        record_every=request.record_every,
        demo=request.demo,
        overwrite=request.overwrite,
        quiet=request.quiet,
        verbose=request.verbose,
        command_line=request.command_line,
        retry_failed=request.retry_failed,
        json_lines=request.json_lines,
        remarks=[*request.remarks, *inputs.remarks(initial), *_figure_remarks(request), *picture_remarks],
    )
    if plan.consecutive and not plan.sequence:
        line = "frames of a video start from their neighbors, as with --sequence"
        plan = replace(plan, remarks=[*plan.remarks, line])
    return plan if request.shard is None else _take_shard(plan, request.shard)


def _take_shard(plan: EstimatePlan, shard: Shard) -> EstimatePlan:
    """The plan of a part of the samples, into a folder of its own."""
    bound: dict[str, Hashable] = {sample.name: sample.image_path for sample in plan.samples if sample.mark}
    bound.update(sequence_keys(plan.consecutive))
    if plan.joint:
        bound.update({sample.name: sample.mesh_path for sample in plan.samples})
    placed, samples = select_samples_of(shard, plan.samples, bound)
    folder = plan.output_dir / shard.folder_name
    line = f"{shard}: {len(samples)} of {len(plan.samples)} samples, into {folder}"
    return replace(plan, samples=samples, output_dir=folder, shard=placed, remarks=[*plan.remarks, line])


def _initial_poses(request: EstimateRequest) -> InitialPoses | None:
    if request.init is not None:
        return load_initial_poses(request.init)
    if request.resume_from is not None:
        return replace(load_initial_poses(request.resume_from), resumed=True)
    return None


def _map_exporter(request: EstimateRequest) -> Exporter | None:
    if not request.maps:
        return None
    options = {"kinds": ",".join(request.maps), "type": request.maps_format}
    return create_exporter("maps", **{key: value for key, value in options.items() if value})


def _picture_remarks(exporters: Sequence[Exporter], pictures: Pictures) -> list[str]:
    """What exports lack for want of pictures. Raises InputError for one that is made of them."""
    from camera_estimation.results import PICTURE_NAMES

    remarks, flag = [], "--no_pictures" if pictures == "none" else f"--pictures {pictures}"
    for exporter in exporters:
        for name in exporter.needed_pictures:
            if name not in PICTURE_NAMES[pictures]:
                raise InputError(f"--export {exporter.name} is made of {name}, which {flag} leaves out: leave one away")
        lacking = [name for name in exporter.used_pictures if name not in PICTURE_NAMES[pictures]]
        if lacking:
            remarks.append(f"--export {exporter.name}: without {', '.join(lacking)} of samples, as {flag} is given")
    return remarks


def _figure_remarks(request: EstimateRequest) -> list[str]:
    """What random starts lack here."""
    if request.random_init is None:
        return []
    from camera_estimation.convergence import figure_remark

    return [line for line in [figure_remark()] if line]


def _record_name(request: EstimateRequest) -> str:
    """DATA_LOSS_PRESET_TIME. Raises InputError if what a record needs is not installed."""
    check_recordable()
    place = None if request.demo else request.pairs or request.input_dir
    data = "demo" if place is None else place.resolve().stem if place.is_file() else place.resolve().name
    settings = Path(request.preset).stem if request.preset else "default"
    return run_name(data, request.config.loss.name, settings, datetime.now())
