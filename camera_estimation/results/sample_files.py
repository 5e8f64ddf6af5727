"""The folder of one sample: its camera, pictures and the mesh in camera space."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.configuration import Pictures
from camera_estimation.export import BEND_NAME, Exporter, create_exporter, exporter_registry
from camera_estimation.results.camera_file import CAMERA_NAME, write_camera
from camera_estimation.results.posed_images import image_of_entry
from camera_estimation.results.sample_maps import remove_maps
from camera_estimation.results.sample_pictures import (
    PICTURE_NAMES,
    DrawnSample,
    ShownPictures,
    draw_estimate,
    remove_pictures,
    write_pictures,
)
from camera_estimation.results.stages_file import STAGES_NAME, write_stages

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimate
    from camera_estimation.images import SourceImage
    from camera_estimation.mesh import TexturedMesh
    from camera_estimation.rendering import Renderer


@dataclass(frozen=True)
class WrittenSample:
    """What is told of a sample whose files are written.

    Attributes:
        shown: What a report shows; None: no pictures are wanted.
        remarks: Lines about what files for other programs leave out or show otherwise.
    """

    shown: ShownPictures | None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleFiles:
    """A finished sample whose files are to be written: all is at hand that has to be computed for them.

    Args:
        folder: Of the sample, see ``sample_folder``.
        entry: What poses.json says of it.
        estimate: Its result.
        image: That it is of, with the distortion of its lens.
        mesh: That the estimate is of.
        drawn: For its pictures; None: none are wanted.
    """

    folder: Path
    entry: dict[str, Any]
    estimate: CameraEstimate
    image: SourceImage
    mesh: TexturedMesh
    drawn: DrawnSample | None

    @property
    def pixels(self) -> int:
        """That wait in memory to be written."""
        return 0 if self.drawn is None else self.drawn.pixels

    def write(self) -> WrittenSample:
        """All files of the sample; what an earlier run left beside them is taken away. Raises InputError if one cannot
        be written."""
        remove_maps(self.folder)  # of an earlier pose; those that are asked for are written after the run
        write_camera(self.folder, self.entry, self.estimate, self.image)
        write_stages(self.folder, self.estimate)
        self._write_bend()
        shown = None
        if self.drawn is None:
            remove_pictures(self.folder)
        else:
            shown = write_pictures(self.folder, self.drawn, self.entry)
        posed = image_of_entry(self.entry, self.folder, lambda: self.mesh, self.estimate.camera)
        exporters = [create_exporter(name) for name in sample_exporters()]
        for exporter in exporters:
            exporter.write([posed], self.folder)
        return WrittenSample(shown, tuple(line for exporter in exporters for line in exporter.remarks))

    def _write_bend(self) -> None:
        from camera_estimation.mesh import write_bend

        if self.estimate.bend is None:
            (self.folder / BEND_NAME).unlink(missing_ok=True)  # of an earlier run
        else:
            write_bend(self.folder / BEND_NAME, self.estimate.bend)


def sample_exporters() -> dict[str, type[Exporter]]:
    """Those whose files every sample has."""
    return {name: cls for name, cls in exporter_registry.classes().items() if cls.always}


def sample_file_names(pictures: Pictures = "all") -> list[str]:
    """Of the files that a finished sample's folder has."""
    exported = [name for cls in sample_exporters().values() for name in cls.files]
    return [CAMERA_NAME, STAGES_NAME, *PICTURE_NAMES[pictures], *exported]


def is_complete(folder: Path, pictures: Pictures = "all") -> bool:
    """Whether the folder has all files that a finished sample has, with these pictures."""
    text = os.fspath(folder)
    return all(os.path.isfile(os.path.join(text, name)) for name in sample_file_names(pictures))


def clear_sample(folder: Path) -> None:
    """Take away what an earlier run left of a sample that failed now; other files stay."""
    remove_maps(folder)
    with contextlib.suppress(OSError):  # the folder is absent, holds files of others, or is not ours to change
        for name in (*sample_file_names("none"), BEND_NAME):
            (folder / name).unlink(missing_ok=True)
        remove_pictures(folder)
        folder.rmdir()


def prepare_files(
    folder: Path, entry: dict[str, Any], estimate: CameraEstimate, image: SourceImage, renderer: Renderer
) -> SampleFiles:
    """All that is computed for the files of a finished sample, with the pictures that its settings ask for.

    Args:
        folder: Of the sample, see ``sample_folder``.
        entry: What poses.json says of it.
        estimate: Its result.
        image: That it is of, with the distortion of its lens.
        renderer: Of its mesh.
    """
    drawn = draw_estimate(estimate, image, renderer, entry["name"], estimate.config.pictures)
    return SampleFiles(folder, entry, estimate, image, renderer.mesh, drawn)


def write_sample(
    folder: Path, entry: dict[str, Any], estimate: CameraEstimate, image: SourceImage, renderer: Renderer
) -> WrittenSample:
    """All files of a finished sample; arguments are those of ``prepare_files``. Raises InputError if one cannot be
    written."""
    return prepare_files(folder, entry, estimate, image, renderer).write()
