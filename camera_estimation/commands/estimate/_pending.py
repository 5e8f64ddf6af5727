"""Which samples of a run are still to be estimated, and what to say about the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from camera_estimation.batch import has_result, settings_differ
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.io import is_object, look_up_objects

Entry = dict[str, Any]
LOOKED_UP_AT_ONCE = 1000  # groups of samples
LISTED_FROM = 200  # objects of one folder among these
OUT_OF_DATE_AT_MOST = 4  # reasons that a line tells


@dataclass(frozen=True)
class PendingSamples:
    """What a run has to do.

    Attributes:
        groups: Of all samples, those that are estimated at once.
        names: Of the samples to estimate: of a group all or none.
        undrawn: Finished samples that only lack pictures.
        remarks: Lines about what is done again or left out.
    """

    groups: Sequence[Sequence[Sample]]
    names: set[str]
    undrawn: Sequence[Sample]
    remarks: Sequence[str]


def find_pending(plan: EstimatePlan, earlier: Mapping[str, Entry]) -> PendingSamples:
    """What is to do of a plan.

    Args:
        plan: Of the run.
        earlier: The entries of earlier runs by name.

    Raises:
        InputError: A file of the output folder cannot be used.
    """
    from camera_estimation.results import JointFile

    review = _Review(plan, earlier)
    groups, together = _group_samples(plan), JointFile(plan.output_dir)
    names: set[str] = set()
    for number, group in enumerate(groups):
        if number % LOOKED_UP_AT_ONCE == 0:
            _look_up_inputs(groups[number : number + LOOKED_UP_AT_ONCE], earlier)
        if plan.retry_failed:
            done = not any(_has_failed(sample, earlier) for sample in group)
        else:
            lacking = [sample for sample in group if not review.is_done(sample)]  # all are looked at, to be told of
            done = not lacking and not plan.overwrite and (len(group) == 1 or together.has(group))
        if not done:
            names.update(sample.name for sample in group)
    finished = [sample for sample in plan.samples if sample.name not in names]
    undrawn = [] if plan.retry_failed else [sample for sample in finished if not review.has_pictures(sample)]
    remarks = [] if plan.overwrite or plan.retry_failed else review.remarks(names)
    if finished:
        remarks.append(_retrying_line(plan, finished, earlier) if plan.retry_failed else review.skipping_line(finished))
    return PendingSamples(groups, names, undrawn, remarks)


def _look_up_inputs(groups: Sequence[Sequence[Sample]], earlier: Mapping[str, Entry]) -> None:
    """Ask cloud storage at once about the inputs of samples that are finished; folders of many of them are listed,
    which tells of masks beside images too."""
    finished = [sample for group in groups for sample in group if sample.name in earlier]
    paths = [path for sample in finished for path in (sample.mesh_path, sample.image_path) if is_object(path)]
    for folder, count in Counter(path.parent for path in dict.fromkeys(paths)).items():
        if count >= LISTED_FROM:
            with suppress(InputError, OSError):  # it may be forbidden, where objects may be read
                folder.iterdir()
    look_up_objects(paths)


@dataclass
class _Review:
    """Looks at the results of earlier runs."""

    plan: EstimatePlan
    earlier: Mapping[str, Entry]
    changes: dict[str, list[str]] = field(default_factory=dict)  # by the names of samples that are out of date
    lines: list[str] = field(default_factory=list)
    differing: int = 0  # finished by a version that did not keep what they are from, with other settings

    def is_done(self, sample: Sample) -> bool:
        """Whether nothing is left to do but to draw pictures."""
        plan = self.plan
        if plan.overwrite or sample.name not in self.earlier:
            return False
        entry = self.earlier[sample.name]
        if not has_result(sample, entry, plan.config, plan.output_dir):
            return False
        inputs = entry.get("inputs")
        if inputs:
            changes = plan.fingerprints.changes(sample, inputs)
            if changes:
                self.changes[sample.name] = changes
                return False
        elif settings_differ(sample, plan.config, plan.images, plan.output_dir):
            self.differing += 1
        return self._can_be_drawn(sample, entry) and self._has_starts(sample)

    def has_pictures(self, sample: Sample) -> bool:
        from camera_estimation.results import has_pictures, sample_folder

        return has_pictures(sample_folder(self.plan.output_dir, sample.name), self.plan.config.pictures)

    def remarks(self, pending: set[str]) -> list[str]:
        """Lines about finished samples that are estimated again."""
        again = [changes for name, changes in self.changes.items() if name in pending]
        if not again:
            return self.lines
        counts = Counter(change for changes in again for change in changes).most_common()
        told = ", ".join(f"{kind} of {count}" for kind, count in counts[:OUT_OF_DATE_AT_MOST])
        more = ", ..." if len(counts) > OUT_OF_DATE_AT_MOST else ""
        samples = "1 finished sample is" if len(again) == 1 else f"{len(again)} finished samples are"
        return [*self.lines, f"{samples} out of date and estimated again; changed: {told}{more}"]

    def skipping_line(self, finished: Sequence[Sample]) -> str:
        other = f" ({self.differing} with other settings)" if self.differing else ""
        counts = f"{len(finished)} of {len(self.plan.samples)}"
        return f"skipping what is finished: {counts}{other}; --overwrite estimates them again"

    def _can_be_drawn(self, sample: Sample, entry: Entry) -> bool:
        """Whether pictures are there, or can be had without an estimate."""
        if self.has_pictures(sample):
            return True
        from camera_estimation.commands.estimate._redrawing import reason_against_drawing

        reason = reason_against_drawing(sample, entry, self.plan)
        if reason is not None:
            self.lines.append(f"{sample.name}: estimated again for its pictures, as {reason}")
        return reason is None

    def _has_starts(self, sample: Sample) -> bool:
        """Whether as many random starts as are asked for were tried."""
        if self.plan.random_init is None:
            return True
        from camera_estimation.convergence import has_basin
        from camera_estimation.results import sample_folder

        return has_basin(sample_folder(self.plan.output_dir, sample.name), self.plan.random_init)


def _group_samples(plan: EstimatePlan) -> list[list[Sample]]:
    """Those that are estimated at once: of a mesh all that are to be estimated jointly, else each for itself."""
    if not plan.joint:
        return [[sample] for sample in plan.samples]
    groups: dict[Path, list[Sample]] = {}
    for sample in plan.samples:
        groups.setdefault(sample.mesh_path, []).append(sample)
    return list(groups.values())


def _has_failed(sample: Sample, earlier: Mapping[str, Entry]) -> bool:
    return sample.name in earlier and earlier[sample.name]["status"] == "failed"


def _retrying_line(plan: EstimatePlan, left_out: Sequence[Sample], earlier: Mapping[str, Entry]) -> str:
    unknown = sum(sample.name not in earlier for sample in left_out)
    more = f", {unknown} of them without a result yet" if unknown else ""
    return f"--retry_failed: {len(left_out)} of {len(plan.samples)} have not failed{more}; they are left as they are"
