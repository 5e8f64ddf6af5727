"""Work on one sample: estimate it, refine it from a pose, or take another of the poses that were found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.results import camera_of
from camera_estimation.studio.jobs._live_estimate import watch_estimate

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimate
    from camera_estimation.geometry import Camera
    from camera_estimation.studio.jobs.job import Job
    from camera_estimation.studio.jobs.workplace import LoadedSubject, Workplace
    from camera_estimation.studio.settings import SettingsChoice
    from camera_estimation.studio.shelf import Subject


def estimate_subject(job: Job, place: Workplace, subject: Subject, choice: SettingsChoice) -> None:
    """Look for the camera everywhere. Raises InputError."""
    from camera_estimation.estimation import Initialization
    from camera_estimation.tracking import SEARCH

    ready = place.load(subject, place.configure(choice), job)
    estimate = _follow_matches(ready, watch_estimate(ready, Initialization(), job), job)
    subject.started_from = None
    place.finish(ready, estimate, SEARCH, job)


def refine_subject(job: Job, place: Workplace, subject: Subject, choice: SettingsChoice, given: Camera) -> None:
    """From a pose, without a search. Raises InputError."""
    from camera_estimation.estimation import Initialization
    from camera_estimation.results import check_in_front

    ready = place.load(subject, place.configure(choice), job)
    image = ready.loaded.source
    if (given.width, given.height) != (image.width, image.height):
        raise InputError(f"{image.path.name}: the pose is of another size than the picture; reload the page")
    check_in_front(given, ready.estimator.mesh.center, "the pose")
    estimate = watch_estimate(ready, Initialization(given, searched=0), job)
    subject.started_from = given
    place.finish(ready, estimate, "init", job)


def choose_alternative(job: Job, place: Workplace, subject: Subject, choice: SettingsChoice, index: int) -> None:
    """One of the other poses as the answer; of a result that was read from a run it is refined first.

    Raises:
        InputError: There is none of that index.
    """
    if subject.entry is None or not 0 <= index < len(subject.entry["alternatives"] or ()):
        raise InputError(f"{subject.sample.name}: there is no other pose {index + 1}; reload the page")
    given = camera_of(subject.entry["alternatives"][index])
    if subject.estimate is None:
        refine_subject(job, place, subject, choice, given)
        return
    before = subject.estimate
    ready = place.load(subject, subject.settings or before.config, job)
    subject.started_from = given
    place.finish(ready, before.with_answer(before.alternatives[index]), "init", job)


def _follow_matches(ready: LoadedSubject, estimate: CameraEstimate, job: Job) -> CameraEstimate:
    name = ready.estimator.config.evidence.matches
    if not name:
        return estimate
    from camera_estimation.poses.matching import create_matcher
    from camera_estimation.tracking import follow_matches

    job.report("matching", estimate.loss)
    matcher = create_matcher(name, ready.estimator.device)
    loaded = ready.loaded
    return follow_matches(
        estimate, ready.estimator, loaded.image, matcher, intrinsics=loaded.intrinsics, progress=job.report
    )
