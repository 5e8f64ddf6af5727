"""Why a sample failed: the stage at which the true pose was lost.

A candidate is near if its rotation error is at most ``NEAR_DEG``: refinement can bring it to the true pose. The first
thing that holds is the cause:

1. the first stage has no near candidate: not among the candidates;
2. a stage has near candidates but keeps none of them: lost in pruning (in the last stage: wrong final choice);
3. a later stage has no near candidate although it was given one: refined into a wrong minimum;
   (where a part may be hidden there are two searches: both must have lost it, and the one that kept it longer tells);
4. the answer is near, but not within the widest mark: another candidate of the last stage is, so a wrong final choice;
   else, if the rotation is within the mark, wrong distance or focal length; else refined into a minimum beside the true
   pose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from camera_estimation.evaluation.judgment import MARKS, JudgedSample
from camera_estimation.evaluation.pose_errors import least_rotation_error_deg
from camera_estimation.io import Rows
from camera_estimation.results import StageRecord

NEAR_DEG = 20.0
SAME_FOCAL = 0.02  # relative difference of focal lengths that explains no failure

NOT_AMONG_CANDIDATES = "not among the candidates"
LOST_IN_PRUNING = "lost in pruning"
WRONG_MINIMUM = "refined into a wrong minimum"
MINIMUM_BESIDE = "refined into a minimum beside the true pose"
WRONG_CHOICE = "wrong final choice"
WRONG_DISTANCE = "right rotation, wrong distance"
WRONG_FOCAL = "right rotation, wrong focal length and distance"
NO_POSE = "no pose"
UNKNOWN = "unknown"
SOLVED = "solved"
MERGED = "occlusion"  # the stage that has the candidates of two searches: of the whole object, and of parts of it

STAGE_HEADINGS = (
    *("stage", "candidates", "nearest deg", "rank", "score", "best score"),
    *("kept", "nearest kept deg", "rank", "score"),
)


@dataclass(frozen=True)
class RankedCandidate:
    """``rank`` by score, 1 is the best."""

    error_deg: float
    score: float
    rank: int
    kept: bool


@dataclass(frozen=True)
class JudgedStage:
    """``candidates`` by score, the best first; ``answer`` is the first kept one in the order of the file."""

    name: str
    candidates: tuple[RankedCandidate, ...]
    answer: RankedCandidate

    @property
    def nearest(self) -> RankedCandidate:
        return min(self.candidates, key=lambda candidate: candidate.error_deg)

    @property
    def nearest_kept(self) -> RankedCandidate:
        return min(self.kept, key=lambda candidate: candidate.error_deg)

    @property
    def kept(self) -> list[RankedCandidate]:
        return [candidate for candidate in self.candidates if candidate.kept]


@dataclass(frozen=True)
class FailureExplanation:
    """``cause`` is one of the constants of this module; ``detail`` says at which stage, with which numbers."""

    cause: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}" if self.detail else self.cause


def judge_stages(stages: Sequence[StageRecord], sample: JudgedSample) -> list[JudgedStage]:
    """Stages with the rotation error of every candidate."""
    judged = []
    for stage in stages:
        order = sorted(range(len(stage.candidates)), key=lambda index: stage.candidates[index].score)
        ranked = {
            index: RankedCandidate(
                least_rotation_error_deg(stage.candidates[index].camera, sample.true, sample.symmetries),
                stage.candidates[index].score,
                rank,
                stage.candidates[index].kept,
            )
            for rank, index in enumerate(order, start=1)
        }
        first_kept = next((index for index in sorted(ranked) if ranked[index].kept), order[0])
        judged.append(JudgedStage(stage.name, tuple(ranked[index] for index in order), ranked[first_kept]))
    return judged


def explain_failure(sample: JudgedSample, stages: Sequence[JudgedStage]) -> FailureExplanation:
    """The cause of the failure of a sample with a pose, by the rules of this module."""
    if sample.solved:
        return FailureExplanation(SOLVED)
    *earlier, last = stages
    lost = [_loss(chain) for chain in _chains(earlier)]
    if lost and all(lost):
        return max(filter(None, reversed(lost)), key=lambda found: found[0])[1]
    if last.nearest.error_deg > NEAR_DEG:
        return _not_chosen(earlier, last) if len(lost) > 1 else _wrong_minimum(last, earlier)
    if last.answer.error_deg > NEAR_DEG:
        return _wrong_choice(last, last.nearest)
    return _near_miss(sample, stages)


def _chains(stages: Sequence[JudgedStage]) -> list[list[JudgedStage]]:
    """The stages of each search, up to the next; ``MERGED`` takes over what is left of the one before."""
    starts = [number for number, stage in enumerate(stages) if number and stage.name.startswith("search")]
    return [list(stages[start:end]) for start, end in pairwise([0, *starts, len(stages)]) if start < end]


def _loss(chain: Sequence[JudgedStage]) -> tuple[int, FailureExplanation] | None:
    """Where a chain lost the last near candidate, as the number of the stage, and how; None if one is left."""
    loss: tuple[int, FailureExplanation] | None = None
    for number, stage in enumerate(chain):
        if stage.name == MERGED and stage.nearest.error_deg <= NEAR_DEG:
            loss = None
        if loss is None:
            cause = _cause_at(stage, chain[:number])
            loss = None if cause is None else (number, cause)
    return loss


def _cause_at(stage: JudgedStage, before: Sequence[JudgedStage]) -> FailureExplanation | None:
    nearest = stage.nearest
    if nearest.error_deg > NEAR_DEG:
        if before:
            return _wrong_minimum(stage, before)
        found = f"nearest {nearest.error_deg:.1f} degrees"
        return FailureExplanation(NOT_AMONG_CANDIDATES, f"{found} of {len(stage.candidates)} in {stage.name}")
    if not any(candidate.kept and candidate.error_deg <= NEAR_DEG for candidate in stage.candidates):
        rank = f"rank {nearest.rank} of {len(stage.candidates)}, {len(stage.kept)} kept"
        return FailureExplanation(LOST_IN_PRUNING, f"after {stage.name}, {nearest.error_deg:.1f} degrees at {rank}")
    return None


def _wrong_minimum(stage: JudgedStage, before: Sequence[JudgedStage]) -> FailureExplanation:
    found = f"nearest {stage.nearest.error_deg:.1f} degrees"
    if not before:
        return FailureExplanation(NOT_AMONG_CANDIDATES, f"{found} of {len(stage.candidates)} in {stage.name}")
    start = before[-1].nearest_kept.error_deg
    return FailureExplanation(WRONG_MINIMUM, f"in {stage.name}, from {start:.1f} degrees to {found}")


def _not_chosen(stages: Sequence[JudgedStage], last: JudgedStage) -> FailureExplanation:
    """One of several searches had it, and what another found was taken as the better explanation."""
    nearest = min((chain[-1] for chain in _chains(stages)), key=lambda stage: stage.nearest_kept.error_deg)
    return FailureExplanation(
        WRONG_CHOICE,
        f"{nearest.nearest_kept.error_deg:.1f} degrees was kept in {nearest.name}, but another explanation was taken: "
        f"nearest {last.nearest.error_deg:.1f} degrees in {last.name}",
    )


def stage_rows(stages: Sequence[JudgedStage]) -> Rows:
    """One row for each stage, for ``STAGE_HEADINGS``."""
    return [_stage_row(stage) for stage in stages]


def _near_miss(sample: JudgedSample, stages: Sequence[JudgedStage]) -> FailureExplanation:
    """The answer is near the true pose and yet not within the widest mark."""
    errors, (degrees, _) = sample.errors, MARKS[0]
    assert errors is not None
    last = stages[-1]
    if errors.rotation_deg <= degrees:
        focal = sample.entry["fx"] / sample.true.focal[0, 0].item()
        distance = f"translation error {100 * errors.translation_share:.1f} % of the diameter"
        if abs(math.log(focal)) > math.log1p(SAME_FOCAL):
            return FailureExplanation(WRONG_FOCAL, f"{distance}, focal length {focal:.2f} times the true one")
        return FailureExplanation(WRONG_DISTANCE, distance)
    if last.nearest.error_deg <= degrees:
        return _wrong_choice(last, last.nearest)
    closest = min(stages, key=lambda stage: stage.nearest.error_deg)
    return FailureExplanation(
        MINIMUM_BESIDE,
        f"{errors.rotation_deg:.1f} degrees; the nearest of all stages was {closest.nearest.error_deg:.1f} degrees, "
        f"in {closest.name}",
    )


def _wrong_choice(stage: JudgedStage, right: RankedCandidate) -> FailureExplanation:
    answer = stage.answer
    return FailureExplanation(
        WRONG_CHOICE,
        f"in {stage.name}, {right.error_deg:.1f} degrees has score {right.score:.4g}, "
        f"the answer ({answer.error_deg:.1f} degrees) {answer.score:.4g}",
    )


def _stage_row(stage: JudgedStage) -> list[str]:
    nearest, kept = stage.nearest, stage.kept
    row = [
        stage.name,
        str(len(stage.candidates)),
        f"{nearest.error_deg:.2f}",
        str(nearest.rank),
        f"{nearest.score:.4g}",
        f"{stage.candidates[0].score:.4g}",
        str(len(kept)),
    ]
    if not kept:
        return [*row, "-", "-", "-"]
    return [
        *row,
        f"{stage.nearest_kept.error_deg:.2f}",
        str(stage.nearest_kept.rank),
        f"{stage.nearest_kept.score:.4g}",
    ]
