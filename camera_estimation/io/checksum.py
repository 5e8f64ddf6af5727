"""Whether files are the same. Nothing heavy is imported here."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.io.limits import check_file_size, check_plain_file
from camera_estimation.io.video_paths import file_version, split_frame_path

PIECE = 1 << 20  # bytes that are in memory at once


def file_sha256(path: Path) -> str:
    """Of a file's content; of a frame of a video, of its number and the video's content. Raises InputError if it cannot
    be read, or is beyond ``limits.file_megabytes``."""
    place = split_frame_path(path)
    if place is not None:
        video, number = place
        return hashlib.sha256(f"{_video_sha256(*file_version(video))} {number}".encode()).hexdigest()
    check_file_size(path)
    return _content_sha256(path)


@lru_cache(maxsize=2)
def _video_sha256(path: Path, modified: int, size: int) -> str:
    return _content_sha256(path)


def _content_sha256(path: Path) -> str:
    check_plain_file(path)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    return digest.hexdigest()
