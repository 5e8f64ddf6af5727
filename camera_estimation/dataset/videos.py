"""Videos among what is to be estimated: a sample for each of their frames, or for those that are chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from camera_estimation.dataset.pairing import Pairing, Sample, VideoFrame
from camera_estimation.errors import InputError
from camera_estimation.io import VIDEO_EXTENSIONS, VideoIndex, frame_path, index_video, is_video

RANGE = re.compile(r"(?P<start>-?\d+)?:(?P<stop>-?\d+)?")
# Of the duration that a file announces, and seconds: that its frames end earlier by more is told.
MISSING_SHARE, MISSING_SECONDS = 0.1, 0.5


@dataclass(frozen=True)
class FrameChoice:
    """Which frames of a video are meant, counted from 0.

    Args:
        every: Every how many frames one is taken.
        start: The first, or None for that of the video; negative numbers count from the end, as in Python.
        stop: The one behind the last, or None.
    """

    every: int = 1
    start: int | None = None
    stop: int | None = None

    def numbers(self, count: int) -> range:
        """Those of a video of ``count`` frames."""
        return range(count)[self.start : self.stop][:: self.every]


def choose_frames(every: int | None, span: str | None) -> FrameChoice | None:
    """The choice that flags make; None if they make none.

    Args:
        every: Of ``--every``.
        span: Of ``--frames``: A:B, of which either may be left out.

    Raises:
        InputError: ``span`` is something else.
    """
    if every is None and span is None:
        return None
    match = RANGE.fullmatch((":" if span is None else span).strip())
    if match is None:
        raise InputError(f"--frames {span}: give A:B, the first frame and the one behind the last, such as 10:60")
    start, stop = (None if match[name] is None else int(match[name]) for name in ("start", "stop"))
    return FrameChoice(every or 1, start, stop)


def expand_videos(pairing: Pairing, choice: FrameChoice | None, named: Path | None = None) -> Pairing:
    """Pairs with the frames of videos in the place of videos. A video that cannot be read stays, and fails as a sample.

    Args:
        pairing: With videos among its images.
        choice: Which frames are meant; None for all.
        named: What was given as the only image: an animated GIF is a video there, and a picture elsewhere.

    Raises:
        InputError: No video can be read, one has none of the chosen frames, or frames are chosen and there is no video.
    """
    videos = {sample.image_path for sample in pairing.samples if _has_frames(sample.image_path, named)}
    if not videos:
        if choice is not None:
            raise InputError(
                f"--every and --frames choose frames of a video ({', '.join(VIDEO_EXTENSIONS)}), and none is given: "
                "leave them away, or name one with --source_images_dir"
            )
        return pairing
    read = _read_indices(videos, alone=len(videos) == len({sample.image_path for sample in pairing.samples}))
    samples: list[Sample] = []
    for sample in pairing.samples:
        index = read.get(sample.image_path)
        samples += [sample] if index is None else _frames_of(sample, index, choice or FrameChoice())
    _check_names(samples)
    remarks = [line for video, index in read.items() for line in _index_remarks(video, index, choice)]
    return replace(pairing, samples=tuple(samples), remarks=(*pairing.remarks, *remarks))


def frames_of_video(video: Path, choice: FrameChoice | None) -> list[Path]:
    """The paths of a video's frames, or of the chosen ones. Raises InputError if there are none."""
    index = index_video(video)
    return [frame_path(video, number) for number in _frame_numbers(video, index, choice or FrameChoice())]


def _has_frames(path: Path, named: Path | None) -> bool:
    return path.suffix.lower() in VIDEO_EXTENSIONS or (path == named and is_video(path))


def _read_indices(videos: set[Path], alone: bool) -> dict[Path, VideoIndex]:
    """Of the videos that can be read. Raises InputError if none can and there is nothing else (``alone``)."""
    read: dict[Path, VideoIndex] = {}
    failures: list[InputError] = []
    for video in sorted(videos):
        try:
            read[video] = index_video(video)
        except InputError as error:
            failures.append(error)
    if alone and not read:
        raise failures[0]
    return read


def _frames_of(sample: Sample, index: VideoIndex, choice: FrameChoice) -> list[Sample]:
    return [
        replace(
            sample,
            name=f"{sample.name}_{number:06d}",
            image_path=frame_path(sample.image_path, number),
            frame=VideoFrame(number, index.time_of(number)),
        )
        for number in _frame_numbers(sample.image_path, index, choice)
    ]


def _frame_numbers(video: Path, index: VideoIndex, choice: FrameChoice) -> range:
    count = len(index.stamps)
    numbers = choice.numbers(count)
    if not numbers:
        raise InputError(f"{video}: has no frames in --frames; its frames are 0 to {count - 1}")
    return numbers


def _check_names(samples: Sequence[Sample]) -> None:
    taken: dict[str, Path] = {}
    for sample in samples:
        other = taken.setdefault(sample.name.casefold(), sample.image_path)
        if other != sample.image_path:
            raise InputError(f"{sample.image_path}: has the name of {other}; rename one of them")


def _index_remarks(video: Path, index: VideoIndex, choice: FrameChoice | None) -> list[str]:
    """What was taken of a video, and what it lacks."""
    count = len(index.stamps)
    numbers = (choice or FrameChoice()).numbers(count)
    lines = [
        f"{video}: {len(numbers)} of {count} frames, {index.time_of(numbers[0]):.2f} to "
        f"{index.time_of(numbers[-1]):.2f} s"
    ]
    end = index.time_of(count - 1)
    missing = index.duration - end - end / max(1, count - 1)
    if index.damaged or index.announced > count:
        of = f" of {index.announced}" if index.announced > count else ""
        lines.append(f"{video}: is cut off or damaged after frame {count - 1}{of}; the frames before are used")
    elif missing > max(MISSING_SECONDS, MISSING_SHARE * index.duration):
        lines.append(f"{video}: its frames end at {end:.2f} s of {index.duration:.2f}; it may be cut off")
    if index.pixel_aspect != 1:
        factor = float(index.pixel_aspect)
        lines.append(f"{video}: its pixels are no squares; frames and their intrinsics are {factor:.3g} times as wide")
    return lines
