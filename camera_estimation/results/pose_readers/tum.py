"""The reader of trajectories."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.results.pose_reader import PoseReader, pose_reader_registry

if TYPE_CHECKING:
    from camera_estimation.results.file_pose import FilePose

NUMBERS = 8  # timestamp tx ty tz qx qy qz qw
COMMENT, NAME_MARK = "#", "# sample "  # the latter as camera-export writes it before a pose's line
LOOKED_AT = 1 << 16  # bytes


@pose_reader_registry.register("tum")
class TUMReader(PoseReader):
    """Camera to world in the mesh's world, with OpenCV's axes. Poses are of the samples that comments name, else of the
    frames at their times (seconds of the video); intrinsics are those of the images."""

    description = "trajectory of the TUM benchmark: timestamp tx ty tz qx qy qz qw"
    suffixes = (".txt", ".tum")
    file_names = ("trajectory.txt", "trajectory.tum")

    def recognizes(self, file: Path) -> bool:
        try:
            with file.open("rb") as stream:
                text = stream.read(LOOKED_AT).decode("utf-8-sig", errors="replace")
        except OSError:
            return False
        lines = (line.split() for line in text.splitlines() if line.strip() and not line.startswith(COMMENT))
        return (first := next(lines, None)) is not None and len(first) == NUMBERS and all(map(_is_number, first))

    def read(self, file: Path) -> list[FilePose]:
        from camera_estimation.results.file_pose import FilePose, pose_of_quaternion

        return [
            FilePose(pose_of_quaternion(numbers[1:4], numbers[4:], where), where, sample=name, time=numbers[0])
            for numbers, name, where in _trajectory_poses(file)
        ]


def _trajectory_poses(file: Path) -> Iterator[tuple[list[float], str | None, str]]:
    """Numbers, name and place of each pose."""
    from camera_estimation.io import read_table

    name = None
    for number, line in enumerate(read_table(file, "poses").splitlines(), start=1):
        if line.startswith(COMMENT):
            name = line.removeprefix(NAME_MARK) if line.startswith(NAME_MARK) else name
        elif words := line.split():
            where = f"{file}: line {number}"
            if len(words) != NUMBERS or not all(map(_is_number, words)):
                raise InputError(f"{where} is not timestamp tx ty tz qx qy qz qw; write the trajectory again")
            yield [float(word) for word in words], name, where
            name = None


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False
