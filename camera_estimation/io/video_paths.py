"""Frames of videos as paths: ``clip.mp4/clip_000123`` is frame 123 of ``clip.mp4``; the first has the number 0.

So a frame has a name, a stem and a number as the files of a folder of frames have, and whatever goes by names of images
goes by those of frames.
"""

from __future__ import annotations

import re
from pathlib import Path

from camera_estimation.errors import InputError

VIDEO_EXTENSIONS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")
ANIMATION_EXTENSION = ".gif"  # pictures in folders, of which the first frame counts; videos where they are named
FRAME_NAME = re.compile(r".*_(?P<number>\d{6,})")


def is_video(path: Path) -> bool:
    """Whether a file has frames, by its name; of a GIF by whether it is animated."""
    suffix = path.suffix.lower()
    if suffix == ANIMATION_EXTENSION:
        return path.is_file() and _is_animated(path)
    return suffix in VIDEO_EXTENSIONS


def frame_path(video: Path, number: int) -> Path:
    """The path of a frame. Dots in the video's name become underscores: a frame's name has no ending."""
    return video / f"{video.stem.replace('.', '_')}_{number:06d}"


def split_frame_path(path: Path) -> tuple[Path, int] | None:
    """The video and the number of the frame that a path means; None for a path of something else."""
    suffix = path.parent.suffix.lower()
    match = FRAME_NAME.fullmatch(path.name) if suffix in (*VIDEO_EXTENSIONS, ANIMATION_EXTENSION) else None
    return (path.parent, int(match["number"])) if match and path.parent.is_file() else None


def file_version(path: Path) -> tuple[Path, int, int]:
    """A file and what changes when its content does, for caches. Raises InputError if it cannot be read."""
    try:
        state = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    return path, state.st_mtime_ns, state.st_size


def _is_animated(path: Path) -> bool:
    from camera_estimation.io.picture_file import open_picture

    try:
        with open_picture(path) as opened:
            return bool(getattr(opened, "is_animated", False))
    except Exception:  # Pillow raises what it likes; as a picture the file gets its line
        return False
