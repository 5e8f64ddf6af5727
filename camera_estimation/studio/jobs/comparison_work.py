"""Work that compares objectives on one picture, after one search."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from camera_estimation.comparison import ComparedObjective, select_objectives
from camera_estimation.errors import InputError, error_line
from camera_estimation.geometry import finite_or_none
from camera_estimation.studio.jobs._live_estimate import watch_proposal

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimate, PoseHypotheses
    from camera_estimation.geometry import Camera
    from camera_estimation.studio.jobs.job import Job
    from camera_estimation.studio.jobs.workplace import LoadedSubject, Workplace
    from camera_estimation.studio.settings import SettingsChoice
    from camera_estimation.studio.shelf import Subject


def compare_objectives(
    job: Job, place: Workplace, subject: Subject, choice: SettingsChoice, names: Sequence[str]
) -> None:
    """Let several objectives decide among the same poses. One that fails costs no other its result.

    Args:
        job: Tells of each objective when it is through.
        place: Where it is done.
        subject: The sample; the results are kept with it (``compared``).
        choice: The settings.
        names: Of the objectives.

    Raises:
        InputError: None is named, or the picture has no mask.
    """
    if not names:
        raise InputError("choose at least one objective to compare")
    config = place.configure(choice)
    selection = select_objectives(config.loss, names, {})
    ready = place.load(subject, config, job)
    if ready.loaded.image.mask_source == "none":
        raise InputError(f"{subject.sample.name}: has no mask, which objectives need; paint one under Correct")
    shared = None if ready.estimator.search_needs_objective else watch_proposal(ready, None, job)
    truth = place.session.true_camera(subject)
    subject.compared = {}
    for objective in selection.objectives:
        row: dict[str, Any] = {"name": objective.label}
        try:
            estimate, curve, seconds = _decide(ready, objective, shared, job)
            subject.compared[objective.label] = estimate, replace(config, loss=objective.loss)
            row |= {"seconds": seconds, "curve": curve, **_result(estimate), **_errors_to_truth(estimate, truth, ready)}
        except Exception as error:  # of this objective alone
            row["error"] = error_line(error)
        job.tell("compared", row=row)


def adopt_compared(job: Job, place: Workplace, subject: Subject, name: str) -> None:
    """The result of one of the objectives that were compared as the sample's own. Raises InputError."""
    from camera_estimation.tracking import SEARCH

    if name not in subject.compared:
        raise InputError(f"{subject.sample.name}: '{name}' has no result here; compare again")
    estimate, config = subject.compared[name]
    ready = place.load(subject, config, job)
    subject.started_from = None
    place.finish(ready, estimate, SEARCH, job)


def _decide(
    ready: LoadedSubject, objective: ComparedObjective, shared: PoseHypotheses | None, job: Job
) -> tuple[CameraEstimate, list[float], float]:
    """The estimate, the losses on the way to it, and the seconds that it took beside the search."""
    job.report(objective.label, None)
    own = ready.estimator.with_loss(objective.loss)
    curve: list[float] = []

    def follow(stage: str, loss: float | None) -> None:
        if loss is not None and math.isfinite(loss):
            curve.append(loss)
        job.report(f"{objective.label}, {stage}", loss)

    begin = time.perf_counter()
    hypotheses = shared or watch_proposal(replace(ready, estimator=own), None, job)
    estimate = own.decide(replace(hypotheses, trace=replace(hypotheses.trace.branch(), progress=follow)))
    seconds = time.perf_counter() - begin
    if own.objective.minimized_by_gauss_newton and estimate.iterations:
        last = estimate.iterations[-1].stage
        curve = [each.loss for each in estimate.iterations if each.stage == last and math.isfinite(each.loss)]
    return estimate, curve, seconds


def _result(estimate: CameraEstimate) -> dict[str, Any]:
    from camera_estimation.geometry import camera_values

    return {
        "camera": camera_values(estimate.camera),
        "loss": finite_or_none(estimate.loss),
        "silhouette_iou": finite_or_none(estimate.silhouette_iou),
        "confidence": estimate.confidence,
        "verdict": estimate.verdict.word,
    }


def _errors_to_truth(estimate: CameraEstimate, truth: Camera | None, ready: LoadedSubject) -> dict[str, Any]:
    """To the true camera, where that is known: an angle, and the displacement as a share of the mesh's diameter."""
    if truth is None:
        return {}
    from camera_estimation.evaluation import rotation_error, translation_error

    mesh, found = ready.estimator.mesh, estimate.camera.to("cpu")
    shift = float(translation_error(found, truth, mesh.center.to("cpu")))
    return {
        "rotation_error_deg": math.degrees(float(rotation_error(found, truth))),
        "translation_error": shift / (2 * mesh.radius),
    }
