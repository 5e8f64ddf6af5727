"""Work on a sequence: from a frame that is right onwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from camera_estimation.dataset import place_in_time
from camera_estimation.errors import InputError
from camera_estimation.results import camera_of

if TYPE_CHECKING:
    from camera_estimation.studio.jobs.job import Job
    from camera_estimation.studio.jobs.workplace import Workplace
    from camera_estimation.studio.settings import SettingsChoice
    from camera_estimation.studio.shelf import Subject


def track_onward(job: Job, place: Workplace, frames: Sequence[Subject], first: Subject, choice: SettingsChoice) -> None:
    """Estimate the frames after one, each from its neighbor. Frames that fail are told, and the others go on.

    Args:
        job: Tells of every frame.
        place: Where it is done.
        frames: The whole sequence in its order.
        first: The frame that is right; it is not estimated again.
        choice: The settings.

    Raises:
        InputError: ``first`` has no result, or nothing follows it.
    """
    from camera_estimation.tracking import SequenceTracker

    index = frames.index(first)
    if first.entry is None:
        raise InputError(f"{first.sample.name}: has no pose to track from; estimate it first")
    following = frames[index + 1 :]
    if not following:
        raise InputError(f"{first.sample.name}: is the last frame; there is nothing to track onwards")
    config, tracker = place.configure(choice), SequenceTracker()
    mesh = place.estimators.mesh(first.sample.mesh_path)
    entry = first.entry
    tracker.append(mesh, camera_of(entry), entry["loss"], entry["silhouette_iou"], place_in_time(first.sample))
    for count, subject in enumerate(following, 1):
        job.tell("frame", number=subject.number, count=count, total=len(following))
        try:
            ready = place.load(subject, config, job)
            loaded = ready.loaded
            located = tracker.estimate(
                ready.estimator,
                loaded.image,
                intrinsics=loaded.intrinsics,
                position=place_in_time(subject.sample),
                progress=job.report,
            )
            subject.started_from = None
            place.finish(ready, located.estimate, located.start, job)
        except InputError as error:
            job.remark(f"{subject.sample.name}: {error}")
