"""The causes of a run's failures, and how they are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from camera_estimation.errors import InputError
from camera_estimation.evaluation.failures.explanation import (
    NO_POSE,
    STAGE_HEADINGS,
    UNKNOWN,
    FailureExplanation,
    JudgedStage,
    explain_failure,
    judge_stages,
    stage_rows,
)
from camera_estimation.evaluation.judgment import JudgedRun, JudgedSample
from camera_estimation.io import text_table
from camera_estimation.results import read_stages, sample_folder


@dataclass(frozen=True)
class TracedSample:
    """A sample with what is known of its stages; none where they were not recorded."""

    sample: JudgedSample
    stages: tuple[JudgedStage, ...]
    explanation: FailureExplanation


def trace_failures(run: JudgedRun, everything: bool) -> list[TracedSample]:
    """The samples that are not solved, or all; the worst first."""
    return [_trace(run, sample) for sample in run.worst_first() if everything or not sample.solved]


def failure_trace_lines(label: str, traced: Sequence[TracedSample]) -> list[str]:
    """Stage by stage, then how often each cause occurred."""
    if not traced:
        return [f"{label}: nothing failed"]
    lines = [f"{label}: stage by stage", ""]
    for item in traced:
        lines += [*_sample_lines(item), ""]
    counts = Counter(item.explanation.cause for item in traced)
    return [*lines, f"{label}: " + ", ".join(f"{count} {cause}" for cause, count in counts.most_common())]


def _trace(run: JudgedRun, sample: JudgedSample) -> TracedSample:
    if sample.errors is None:
        return TracedSample(sample, (), FailureExplanation(NO_POSE, str(sample.entry.get("error"))))
    try:
        stages = judge_stages(read_stages(sample_folder(run.run.folder, sample.name)), sample)
    except InputError as error:
        return TracedSample(sample, (), FailureExplanation(UNKNOWN, str(error)))
    return TracedSample(sample, tuple(stages), explain_failure(sample, stages))


def _sample_lines(item: TracedSample) -> list[str]:
    errors = item.sample.errors
    off = (
        f": {errors.rotation_deg:.2f} degrees, {100 * errors.translation_share:.2f} % of the diameter" if errors else ""
    )
    table = text_table(STAGE_HEADINGS, stage_rows(item.stages)) if item.stages else []
    return [f"{item.sample.name}{off}", *(f"  {line}" for line in table), f"  cause: {item.explanation}"]
