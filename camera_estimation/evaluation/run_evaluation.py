"""Judged runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from camera_estimation.evaluation.failures import TracedSample, trace_failures
from camera_estimation.evaluation.judgment import JudgedRun
from camera_estimation.evaluation.statistics import PairedDifference, Statistic, pairwise_difference, summarize


@dataclass(frozen=True)
class Evaluation:
    """All that is known once every sample is judged.

    ``summaries`` and ``failures`` have an item for each of ``runs``; ``pairs`` compares each other run with the first.
    """

    runs: Sequence[JudgedRun]
    summaries: list[list[Statistic]]
    pairs: list[PairedDifference]
    failures: list[list[TracedSample]]


def evaluate_runs(runs: Sequence[JudgedRun], trace_all: bool = False) -> Evaluation:
    """Statistics of every run, its differences from the first, and why its samples failed.

    Args:
        runs: At least one, the one that the others are compared with first.
        trace_all: Whether the stages of solved samples are read as well.
    """
    return Evaluation(
        runs,
        [summarize(run) for run in runs],
        [pairwise_difference(run, runs[0]) for run in runs[1:]],
        [trace_failures(run, everything=trace_all) for run in runs],
    )
