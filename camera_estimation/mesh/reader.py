"""What a mesh reader is: a file in, a scene of triangles out. Nothing heavy is imported here."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.plugins import Registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene

DEFAULT_READER = "glb"  # of files whose names no reader knows: it tells what is wrong with them


class MeshReader:
    """Reads files of one format. A subclass registers itself with ``mesh_reader_registry``, and with nothing else.

    Its module imports what is heavy inside of functions, for every reader is asked for its suffixes before any work. It
    must

    - set ``name`` through its registration, ``suffixes`` and ``description``;
    - set ``remedy`` to what a user can do about a file that is damaged;
    - return in ``read`` all that the file shows, every node transform applied.
    """

    name: str
    description = ""  # the format's name
    suffixes: tuple[str, ...] = ()  # of file names, with small letters: (".glb",)
    remedy = "export the mesh again"

    @abstractmethod
    def read(self, path: Path) -> Scene:
        """The triangles of the file in world coordinates: right-handed, +Y up, those without an area too.

        Raises:
            InputError: The file cannot be used; one line that names it and says what to do. Other errors are told as
                damage, with ``remedy``.
        """


mesh_reader_registry: Registry[type[MeshReader]] = Registry(
    "mesh reader",
    group="camera_estimation.mesh_readers",
    home="camera_estimation.mesh.readers",
    # Of files of one name the first is taken: those come first that keep most of a textured mesh.
    order=(DEFAULT_READER, "usd", "obj", "dae", "ply", "threemf", "off", "stl"),
    base=MeshReader,
)


def mesh_suffixes() -> tuple[str, ...]:
    """Of all files that can be read as meshes."""
    return tuple(suffix for reader in mesh_reader_registry.classes().values() for suffix in reader.suffixes)


def reader_of(path: Path) -> MeshReader:
    """The reader of files of that name, the GLB reader where there is none."""
    suffix = path.suffix.lower()
    readers = mesh_reader_registry.classes()
    return next((reader for reader in readers.values() if suffix in reader.suffixes), readers[DEFAULT_READER])()
