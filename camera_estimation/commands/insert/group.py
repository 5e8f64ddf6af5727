"""All samples of a group, and the video of a sequence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from camera_estimation.commands.insert.inserter import InsertedSample, Inserter
from camera_estimation.commands.insert.plan import FRAMES_PER_SECOND
from camera_estimation.errors import InputError, internal_error
from camera_estimation.export import PosedImage
from camera_estimation.io import missing_for_videos, split_frame_path, video_bytes, write_bytes

logger = logging.getLogger(__name__)


@dataclass
class GroupOutcome:
    """What became of a group.

    Attributes:
        failures: The name of each sample that failed, and of a video, with the sentence that says why.
        video: Its file; None: there is none.
        count: Of the pictures that were made.
    """

    failures: list[tuple[str, str]] = field(default_factory=list)
    video: Path | None = None
    count: int = 0


def insert_into_group(
    inserter: Inserter,
    group: Sequence[PosedImage],
    number: int,
    finish: Callable[[PosedImage, InsertedSample], None],
    fail: Callable[[str, str], None],
) -> GroupOutcome:
    """Put the object into the samples of a group, and make a video of several. Samples that fail are told, and the
    others go on.

    Args:
        inserter: Of the object.
        group: The samples.
        number: Of the group, by which a video is named that is of no video.
        finish: Is given each sample that is done.
        fail: Is given the name of each that fails, and a sentence.
    """
    outcome = GroupOutcome()

    def note(name: str, sentence: str) -> None:
        outcome.failures.append((name, sentence))
        fail(name, sentence)

    def pictures() -> Iterator[np.ndarray]:
        for image, made in _insert_each(inserter, group, note):
            outcome.count += 1
            finish(image, made)
            yield made.picture

    frames = pictures()
    first = next(frames, None)
    if first is None or len(group) < 2 or missing_for_videos() is not None:
        for _ in frames:
            pass
        return outcome
    path = inserter.plan.output_dir / f"{_video_name(group, number)}.mp4"
    try:
        rate = inserter.plan.frames_per_second or _frame_rate(group)
        write_bytes(path, video_bytes(_with_first(first, frames), rate))
        outcome.video = path
    except InputError as error:
        note(path.name, str(error))
    return outcome


def _insert_each(
    inserter: Inserter, group: Sequence[PosedImage], note: Callable[[str, str], None]
) -> Iterator[tuple[PosedImage, InsertedSample]]:
    inserter.begin(group)
    for image in group:
        try:
            made = inserter.insert(image)
        except InputError as error:
            note(image.name, str(error))
        except Exception as error:  # nobody meant it for people, and the other samples are not to pay for it
            logger.debug("inserting into %s", image.name, exc_info=True)
            note(image.name, internal_error(error))
        else:
            yield image, made


def _with_first(first: np.ndarray, others: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    yield first
    yield from others


def _video_name(group: Sequence[PosedImage], number: int) -> str:
    place = split_frame_path(group[0].image_path)
    return Path(place[0]).stem if place is not None else f"sequence_{number}"


def _frame_rate(group: Sequence[PosedImage]) -> float:
    """Of the video that the frames are of, as far as it is known."""
    times = [image.entry.get("time_s") for image in group]
    known = [time for time in times if isinstance(time, (int, float))]
    if len(known) == len(group) and known[-1] > known[0]:
        return (len(known) - 1) / (known[-1] - known[0])
    return FRAMES_PER_SECOND
