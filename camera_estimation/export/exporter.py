"""What an exporter is: posed images in, files that other programs read out. Nothing heavy is imported here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.plugins import Registry

if TYPE_CHECKING:
    from camera_estimation.geometry import Camera
    from camera_estimation.mesh import TexturedMesh


@dataclass(frozen=True)
class PosedImage:
    """A picture of a mesh, and the camera that took it.

    Args:
        name: Of the sample, the only one of that name in its run.
        image_path: The picture; the camera has its size.
        mesh: What it shows; images of one mesh share the object.
        camera: One, of the whole upright picture, in the mesh's world coordinates.
    """

    name: str
    image_path: Path
    mesh: TexturedMesh
    camera: Camera


class Exporter:
    """Writes cameras in the form of another program. A subclass registers itself with ``exporter_registry``.

    Its module imports what is heavy inside of functions, for the command line asks every exporter for its description.
    It must

    - set ``name`` through its registration, and ``description``;
    - set ``one_image`` if its files are of a single image; then ``write`` is called once for each, with a folder each;
    - set ``always`` if every sample's folder gets its files (which are of a single image, then);
    - set ``one_mesh`` if its files can hold the cameras of a single mesh only;
    - set ``files`` to the names of files that it always writes;
    - say in ``missing`` which libraries it lacks here.
    """

    name: str
    description = ""  # what it writes and what for, in one phrase
    one_image = False
    always = False
    one_mesh = False
    files: tuple[str, ...] = ()

    @classmethod
    def missing(cls) -> str | None:
        """What has to be installed to run it, in one line with the command for it; None if nothing."""
        return None

    @abstractmethod
    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        """Write the images' cameras, and whatever else the format has.

        Args:
            images: At least one; of one sample, or of a run.
            folder: Where files go; it need not exist.

        Returns:
            The files.

        Raises:
            InputError: A file cannot be written, or the format cannot hold these images; one line.
        """


exporter_registry: Registry[type[Exporter]] = Registry(
    "exporter",
    group="camera_estimation.exporters",
    home="camera_estimation.export.exporters",
    order=("canonical",),
    base=Exporter,
)


def create_exporter(name: str) -> Exporter:
    """The exporter of that name. Raises InputError if it is unknown, or what it needs is not installed."""
    exporter_registry.check_runnable(name)
    return exporter_registry.get(name)()
