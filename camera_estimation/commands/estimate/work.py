"""Samples to estimate as something that can be sent to another process, and what comes back of it.

Whoever has work done, wherever that is, gives the outcomes to an ``OutcomeRecorder`` as they come, in any order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from camera_estimation.batch import RunProgress
from camera_estimation.commands.estimate._joint_worker import JointWorker
from camera_estimation.commands.estimate._sample_loading import LoadedMesh
from camera_estimation.commands.estimate._worker import SampleOutcome, SampleWorker
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import KnownIntrinsics, Sample
from camera_estimation.io import use_limits
from camera_estimation.results import InitialPoses, PoseIndex


@dataclass(frozen=True)
class EstimateWork:
    """Samples with all that their estimates need, and nothing of other samples; it can be pickled.

    Args:
        plan: Of these samples alone; see ``work_of``.
        known: The entries of those of them that are finished, by name: others start from them.
    """

    plan: EstimatePlan
    known: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def on_device(self, device: str) -> EstimateWork:
        """The same on the device of a worker, as settings name it."""
        config = replace(self.plan.config, device=device)
        return replace(self, plan=replace(self.plan, config=config))


@dataclass(frozen=True)
class WorkedSample:
    """How a sample of a piece of work ended: its files are written. It can be pickled.

    Args:
        outcome: For an ``OutcomeRecorder``.
        remarks: Lines that were to be told on the way.
        groups: What joint.json is to say of images that were estimated together, once it is known.
    """

    outcome: SampleOutcome
    remarks: tuple[str, ...]
    groups: tuple[dict[str, Any], ...] = ()


def work_of(
    plan: EstimatePlan, samples: Sequence[Sample], known: Mapping[str, dict[str, Any]] | None = None
) -> EstimateWork:
    """A piece of the work of a run.

    Args:
        plan: Of the run.
        samples: Some of its samples, with all that they cannot be estimated without: with ``joint`` those of a
            mesh, else the frames of a sequence before them.
        known: Entries of earlier runs by name, of which those of finished frames of sequences are needed.

    Raises:
        InputError: Several poses that differ could be meant by one that a sample is to start from.
    """
    names = {sample.image_path.name: sample for sample in samples}
    cameras = {name: plan.intrinsics.of(sample.image_path) for name, sample in names.items()}
    boxes = {name: plan.images.box_for_image(sample.image_path) for name, sample in names.items()}
    images = replace(
        plan.images,
        boxes={name: box for name, box in boxes.items() if box is not None},
        points={name: points for name, sample in names.items() if (points := plan.images.points_of(sample))},
    )
    known = known or {}
    part = replace(
        plan,
        samples=tuple(samples),
        images=images,
        intrinsics=KnownIntrinsics({name: known for name, known in cameras.items() if known is not None}),
        initial=_initial_poses_of(plan.initial, samples),
        exporters=(),
        maps=None,
        remarks=(),
        shard=None,
    )
    return EstimateWork(part, {sample.name: known[sample.name] for sample in samples if sample.name in known})


def do_work(work: EstimateWork) -> Iterator[WorkedSample]:
    """Estimate the samples, one after the other, and write their files; each is given on as it ends.

    A process that is given one piece after the other keeps the last meshes.

    Args:
        work: Which is not that of several threads of one process at a time.
    """
    lines: list[str] = []
    groups: list[dict[str, Any]] = []
    plan = work.plan
    use_limits(plan.config.limits)
    worker = SampleWorker(plan, RunProgress(len(plan.samples), 0, lines=lines), _meshes_kept_for(plan), reports=False)
    for outcome in _estimate_in_order(work, worker, groups):
        finished = worker.finish(outcome)
        yield WorkedSample(finished, tuple(lines), tuple(groups))
        lines.clear()
        groups.clear()


def _estimate_in_order(
    work: EstimateWork, worker: SampleWorker, groups: list[dict[str, Any]]
) -> Iterator[SampleOutcome]:
    if work.plan.joint:
        yield from JointWorker(worker, groups.append).process(work.plan.samples)
        return
    for sample in work.plan.samples:
        if sample.name in work.known:
            worker.append_known(sample, work.known[sample.name])
        else:
            yield from worker.process([sample])


def _initial_poses_of(initial: InitialPoses | None, samples: Sequence[Sample]) -> InitialPoses | None:
    if initial is None:
        return None
    poses = [pose for sample in samples if (pose := initial.of(sample)) is not None]
    return replace(initial, index=PoseIndex(poses))


_meshes: OrderedDict[Path, LoadedMesh] = OrderedDict()
_made_for: tuple[Configuration, bool] | None = None


def _meshes_kept_for(plan: EstimatePlan) -> OrderedDict[Path, LoadedMesh]:
    """Those of the last piece of work, if it had the same settings."""
    global _made_for
    settings = plan.config, plan.record_every is not None
    if _made_for != settings:
        _meshes.clear()
        _made_for = settings
    return _meshes
