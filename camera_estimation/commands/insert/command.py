"""What ``camera-insert`` does with its plan: light, then the object in every sample."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np

from camera_estimation.commands.insert._samples import Inserter
from camera_estimation.commands.insert.plan import FRAMES_PER_SECOND, InsertPlan
from camera_estimation.errors import InputError, internal_error
from camera_estimation.export import PosedImage
from camera_estimation.io import missing_for_videos, split_frame_path, terminal_width, video_bytes, write_bytes
from camera_estimation.lighting import light_registry

logger = logging.getLogger(__name__)
NAME_WIDTH = 14  # characters


def run_insert(plan: InsertPlan) -> int:
    """Put the object into every sample; returns the exit code. Samples that fail are told, and the others go on."""
    for line in plan.remarks:
        _tell(plan, line)
    inserter = Inserter(plan, lambda line: _tell(plan, line))
    failed = sum(_insert_group(plan, inserter, group, number) for number, group in enumerate(plan.groups, start=1))
    return int(failed > 0)


def list_lights() -> str:
    """Lines about the ways to estimate light, as wide as the terminal."""
    lines: list[str] = []
    for name, cls in light_registry.classes().items():
        text = f"{cls.description}; terms: {', '.join(cls.terms) or 'none'}"
        lines += textwrap.wrap(
            text, terminal_width(), initial_indent=name.ljust(NAME_WIDTH), subsequent_indent=" " * (NAME_WIDTH + 2)
        )
    return "\n".join(lines)


def _insert_group(plan: InsertPlan, inserter: Inserter, group: Sequence[PosedImage], number: int) -> int:
    """How many samples failed."""
    failures: list[str] = []
    frames = _frames(inserter, group, failures)
    if len(group) > 1 and missing_for_videos() is None:
        path = plan.output_dir / f"{_video_name(group, number)}.mp4"
        rate = plan.frames_per_second or _frame_rate(group)
        first = next(frames, None)
        if first is not None:
            try:
                write_bytes(path, video_bytes(_with_first(first, frames), rate))
                click.echo(f"video of {len(group) - len(failures)} frames in {path}")
            except InputError as error:
                failures.append(path.name)
                click.echo(f"FAILED {path.name}: {error}", err=True)
    else:
        for _ in frames:
            pass
    return len(failures)


def _frames(inserter: Inserter, group: Sequence[PosedImage], failures: list[str]) -> Iterator[np.ndarray]:
    """The pictures of a group's samples, as they are made and written."""
    inserter.begin(group)
    for image in group:
        try:
            yield inserter.insert(image)
        except InputError as error:
            failures.append(image.name)
            click.echo(f"FAILED {image.name}: {error}", err=True)
        except Exception as error:  # nobody meant it for people, and the other samples are not to pay for it
            logger.debug("inserting into %s", image.name, exc_info=True)
            failures.append(image.name)
            click.echo(f"FAILED {image.name}: {internal_error(error)}", err=True)


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


def _tell(plan: InsertPlan, line: str) -> None:
    if not plan.quiet:
        click.echo(line, err=True)
