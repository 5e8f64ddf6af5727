"""What an exporter is: posed images in, files that other programs read out. Nothing heavy is imported here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from camera_estimation.errors import InputError
from camera_estimation.plugins import Registry

if TYPE_CHECKING:
    from camera_estimation.geometry import Camera, Lens
    from camera_estimation.mesh import TexturedMesh


# In a sample's folder, only where a deformation was found.
BEND_NAME, BENT_OVERLAY_NAME = "deformation.npz", "overlay_bent.png"


@dataclass(frozen=True)
class PosedImage:
    """A picture of a mesh, and the camera that took it.

    Args:
        name: Of the sample, the only one of that name in its run.
        image_path: The picture, or the frame of a video; the camera has its size.
        mesh_path: The file of what it shows.
        camera: One, of the whole upright picture, in the mesh's world coordinates.
        read_mesh: Gives the mesh of ``mesh_path``.
        lens: The same intrinsics with what distorts the picture; None: a pinhole.
        sample_folder: Where the run's files of the sample are; None: there are none.
        entry: What poses.json says of it, for formats that carry more than the camera.
    """

    name: str
    image_path: Path
    mesh_path: Path
    camera: Camera
    read_mesh: Callable[[], TexturedMesh]
    lens: Lens | None = None
    sample_folder: Path | None = None
    entry: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mesh(self) -> TexturedMesh:
        """What it shows. Raises InputError if the file cannot be read any more."""
        return self.read_mesh()


@dataclass(frozen=True)
class RunContext:
    """What else is known of the run that images are of.

    Args:
        folder: Of the run.
        entries: What poses.json says of all its samples, of failed ones too.
        record: What run.json says; empty where there is none.
    """

    folder: Path
    entries: Sequence[Mapping[str, Any]]
    record: Mapping[str, Any] = field(default_factory=dict)


class Exporter:
    """Writes cameras in the form of another program. A subclass registers itself with ``exporter_registry``.

    Its module imports what is heavy inside of functions, for the command line asks every exporter for its description.
    It must

    - set ``name`` through its registration, and ``description``;
    - set ``one_image`` if its files are of a single image; then ``write`` is called once for each, with a folder each;
    - set ``always`` if every sample's folder gets its files (which are of a single image, then);
    - set ``one_mesh`` if its files can hold the cameras of a single mesh only; then ``write`` is called for each mesh;
    - set ``files`` to the names of files that it always writes;
    - set ``needed_pictures`` and ``used_pictures`` to those pictures of a sample's folder that it is made of, and to
      those that it leaves out where they are not there;
    - set ``option_help`` to what its options mean, by name, where it has any;
    - say in ``missing`` which libraries it lacks here.

    Args:
        options: Values by name, as strings.

    Attributes:
        run: Set before ``write`` where the images are those of a whole run; None: nothing more is known of them.

    Raises:
        InputError: It has no option of such a name.
    """

    name: str
    run: RunContext | None = None
    description = ""  # what it writes and what for, in one phrase
    one_image = False
    always = False
    one_mesh = False
    files: tuple[str, ...] = ()
    needed_pictures: tuple[str, ...] = ()
    used_pictures: tuple[str, ...] = ()
    option_help: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **options: str) -> None:
        for option in options:
            if option not in self.option_help:
                known = ", ".join(self.option_help) or "it has none"
                raise InputError(f"--option {self.name}.{option}: no such option; known: {known}")
        self.options = options
        self.remarks: list[str] = []

    def remark(self, line: str) -> None:
        """Notes, once, what the files leave out or show otherwise; whoever exports is told it."""
        if line not in self.remarks:
            self.remarks.append(line)

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
    order=(
        *("canonical", "blender", "gltf", "usd", "nerfstudio", "instant-ngp", "colmap", "bop"),
        *("opencv", "pytorch3d", "gsplat", "v2m4", "csv", "tum"),
    ),
    base=Exporter,
)


def create_exporter(name: str, **options: str) -> Exporter:
    """The exporter of that name.

    Args:
        name: As it is registered.
        options: As its ``option_help`` describes them.

    Raises:
        InputError: It is unknown or has no such option, or what it needs is not installed.
    """
    exporter_registry.check_runnable(name)
    return exporter_registry.get(name)(**options)
