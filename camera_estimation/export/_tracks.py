"""Which images of a mesh are moments of one camera that moved."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from camera_estimation.dataset import LAST_NUMBER
from camera_estimation.export.exporter import PosedImage
from camera_estimation.export.sequences import FROM_NEIGHBOR
from camera_estimation.io import split_frame_path

FRAMES_PER_SECOND = 24.0  # of numbered pictures, which do not tell their times


@dataclass(frozen=True)
class CameraTrack:
    """A camera, and the images that it took one after the other.

    Args:
        name: Of the camera.
        images: In their order, all of one size.
        times: Of the images, in seconds since the first.
    """

    name: str
    images: tuple[PosedImage, ...]
    times: tuple[float, ...]

    @property
    def is_animated(self) -> bool:
        """Whether the camera moved."""
        return len(self.images) > 1

    @property
    def frames_per_second(self) -> float:
        """In the mean."""
        return (len(self.times) - 1) / self.times[-1] if self.is_animated else FRAMES_PER_SECOND


def camera_tracks(images: Sequence[PosedImage]) -> list[CameraTrack]:
    """Frames of a video as one camera, numbered pictures too if the run followed them; every other image alone.

    Args:
        images: Of one mesh.
    """
    groups: dict[Hashable, list[PosedImage]] = {}
    for image in images:
        groups.setdefault(_track_key(image), []).append(image)
    tracks: list[CameraTrack] = []
    for group in groups.values():
        moments = sorted(group, key=_frame_number)
        distinct = len({_frame_number(image) for image in group}) == len(group)
        followed = all(_is_frame(image) for image in group) or any(_was_followed(image) for image in group)
        if len(group) > 1 and distinct and followed:
            tracks.append(CameraTrack(_track_name(moments[0]), tuple(moments), _times(moments)))
        else:
            tracks += [CameraTrack(image.name, (image,), (0.0,)) for image in group]
    return tracks


def _track_key(image: PosedImage) -> Hashable:
    """The same for images that may be moments of one camera."""
    mark = json.dumps(image.entry.get("object"), sort_keys=True)
    size = (image.camera.width, image.camera.height)
    place = split_frame_path(image.image_path)
    if place is not None:
        return place[0], mark, size
    name, found = LAST_NUMBER.subn("", image.image_path.stem)
    return (image.image_path.parent, name, mark, size) if found else image.name


def _frame_number(image: PosedImage) -> int:
    place = split_frame_path(image.image_path)
    if place is not None:
        return place[1]
    found = LAST_NUMBER.search(image.image_path.stem)
    return int(found.group()) if found else 0


def _is_frame(image: PosedImage) -> bool:
    return split_frame_path(image.image_path) is not None


def _was_followed(image: PosedImage) -> bool:
    return image.entry.get("start") in FROM_NEIGHBOR


def _times(moments: Sequence[PosedImage]) -> tuple[float, ...]:
    """Those of a video where all are known and grow, else at a usual pace."""
    known = [float(time) for image in moments if (time := image.entry.get("time_s")) is not None]
    if len(known) == len(moments) and all(before < after for before, after in pairwise(known)):
        return tuple(time - known[0] for time in known)
    return tuple(place / FRAMES_PER_SECOND for place in range(len(moments)))


def _track_name(image: PosedImage) -> str:
    place = split_frame_path(image.image_path)
    stem = image.image_path.stem if place is None else place[0].stem
    name = LAST_NUMBER.sub("", stem) if place is None else stem
    return name.strip("_-. ") or "sequence"
