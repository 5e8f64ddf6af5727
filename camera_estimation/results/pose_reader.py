"""What a pose reader is: a camera file of another program in, poses out. Nothing heavy is imported here.

``--init`` and ``--ground_truth`` take whatever one of them recognizes.
"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.plugins import Registry

if TYPE_CHECKING:
    from camera_estimation.results.file_pose import FilePose


class PoseReader:
    """Reads the poses of one format. A subclass registers itself with ``pose_reader_registry``.

    Its module imports what is heavy inside of functions. It must

    - set ``name`` through its registration, and ``description``;
    - set ``suffixes`` of its files, with small letters, and ``file_names`` that are looked for in a folder, the first
      first, in each of ``folders``;
    - say in ``recognizes`` which files of these suffixes are its own, where others have them too;
    - return in ``read`` poses with OpenCV's axes in the world of the mesh, and intrinsics whose first pixel's centre is
      at (0.5, 0.5).
    """

    name: str
    description = ""  # the format, in one phrase
    suffixes: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()
    folders: tuple[str, ...] = ("",)

    def find_file(self, path: Path) -> Path | None:
        """The file of this format that a path means, itself or one in the folder; None if there is none."""
        places = [path]
        if path.is_dir():
            places = [path / folder / name for folder in self.folders for name in self.file_names]
        own = (place for place in places if place.suffix.lower() in self.suffixes and place.is_file())
        return next((place for place in own if self.recognizes(place)), None)

    def recognizes(self, file: Path) -> bool:
        """Whether a file of one of ``suffixes`` is of this format, by a look at it. Raises nothing."""
        return True

    @abstractmethod
    def read(self, file: Path) -> list[FilePose]:
        """The poses of a file.

        Args:
            file: As ``find_file`` gives it.

        Raises:
            InputError: It cannot be used; one line that names it and says what to do.
        """


pose_reader_registry: Registry[type[PoseReader]] = Registry(
    "pose reader",
    group="camera_estimation.pose_readers",
    home="camera_estimation.results.pose_readers",
    order=("transforms", "opencv", "tum", "table", "tensors"),
    base=PoseReader,
)


def read_file_poses(path: Path) -> list[FilePose] | None:
    """The poses of another program's file.

    Args:
        path: The file, the folder that holds it, or one with such a folder for each mesh.

    Returns:
        None where no reader knows it.

    Raises:
        InputError: It cannot be used, or has no pose; one line.
    """
    readers = [cls() for cls in pose_reader_registry.classes().values()]
    for places in ([path], _folders_in(path)):
        for reader in readers:
            files = [file for place in places if (file := reader.find_file(place)) is not None]
            if files:
                return [pose for file in files for pose in _read_some(reader, file)]
    return None


def _folders_in(path: Path) -> list[Path]:
    """Of meshes, as exports have them; none beside files of JSON, for that is another form of ground truth."""
    if not path.is_dir() or any(path.glob("*.json")):
        return []
    return sorted(place for place in path.iterdir() if place.is_dir())


def _read_some(reader: PoseReader, file: Path) -> list[FilePose]:
    poses = reader.read(file)
    if not poses:
        raise InputError(f"{file}: has no pose; write the cameras again")
    return poses
