"""Which poses of a file are of which sample."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

from camera_estimation.dataset import IMAGE_EXTENSIONS
from camera_estimation.errors import InputError
from camera_estimation.export import plain_forms
from camera_estimation.results.file_pose import FilePose

SAME_TIME = 1e-4  # seconds: times in files are rounded


class PoseIndex:
    """Poses by all that files call them.

    Args:
        poses: Of one file.
    """

    def __init__(self, poses: Sequence[FilePose]) -> None:
        self.poses = list(poses)
        pictures = [pose for pose in self.poses if pose.image is not None]
        self._samples = _group_by(self.poses, lambda pose: pose.sample)
        self._paths = _group_by(pictures, lambda pose: pose.image and _resolve(pose.image))
        self._names = _group_by(pictures, lambda pose: pose.image and pose.image.name)
        self._stems = _group_by(pictures, lambda pose: pose.image and _picture_stem(pose.image))
        nameless = [pose for pose in self.poses if pose.time is not None and not (pose.sample or pose.image)]
        self._timed = sorted(((pose.time or 0.0, number) for number, pose in enumerate(nameless)))
        self._nameless = nameless

    def __len__(self) -> int:
        return len(self.poses)

    def find(self, sample: str, image: Path, mesh: Path | None = None, time: float | None = None) -> FilePose | None:
        """The pose of a sample: that of its name, with spaces or without; else of its image's file, name, or name
        without ending; else of its time, where the file names neither. Of several that of its mesh and picture; none
        that is of another sample of another mesh.

        Args:
            sample: Its name.
            image: Its picture, or the path of a frame.
            mesh: Its mesh.
            time: Of a frame, in seconds since the video's first.

        Raises:
            InputError: Several poses that differ could be meant; one line.
        """
        groups: list[Callable[[], list[FilePose]]] = [
            *(_lookup(self._samples, name) for name in (sample, *plain_forms(sample))),
            lambda: self._paths.get(_resolve(image), []),
            lambda: self._names.get(image.name, []),
            lambda: self._stems.get(image.stem, []),
            lambda: [] if time is None else self._at_time(time),
        ]
        found = next((poses for group in groups if (poses := group())), [])
        if mesh is not None:
            found = [pose for pose in found if not _is_of_another(pose, sample, mesh)]
        if len(found) > 1 and mesh is not None:
            found = [pose for pose in found if pose.mesh and Path(pose.mesh).stem == mesh.stem] or found
        if len(found) > 1:
            found = [pose for pose in found if pose.image and pose.image.resolve() == image.resolve()] or found
        if any((pose.world_to_camera != found[0].world_to_camera).any() for pose in found):
            of_mesh = f" with {mesh.name}" if mesh is not None else ""
            raise InputError(f"{found[1].where}: there are several poses for {image.name}{of_mesh}; leave one of them")
        return found[0] if found else None

    def _at_time(self, time: float) -> list[FilePose]:
        place = bisect.bisect_left(self._timed, (time - SAME_TIME, -1))
        near = [number for at, number in self._timed[place : place + 2] if abs(at - time) <= SAME_TIME]
        return [self._nameless[number] for number in near]


def _lookup(poses: dict[Hashable, list[FilePose]], key: str) -> Callable[[], list[FilePose]]:
    return lambda: poses.get(key, [])


def _is_of_another(pose: FilePose, sample: str, mesh: Path) -> bool:
    """Whether it is of another object in the same picture, as both its sample and its mesh tell."""
    return pose.sample not in (None, sample) and bool(pose.mesh) and Path(pose.mesh or "").stem != mesh.stem


def _group_by(poses: Iterable[FilePose], key: Callable[[FilePose], Hashable]) -> dict[Hashable, list[FilePose]]:
    groups: dict[Hashable, list[FilePose]] = {}
    for pose in poses:
        groups.setdefault(key(pose), []).append(pose)
    groups.pop(None, None)
    return groups


def _picture_stem(path: Path) -> str:
    """The name without an ending that is one: names of samples and frames may have dots."""
    return path.stem if path.suffix.lower() in IMAGE_EXTENSIONS else path.name


def _resolve(path: Path) -> Path:
    """The path with links followed; as it is where no file can have that name."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):  # links in a circle, too long, or with a zero in it
        return path
