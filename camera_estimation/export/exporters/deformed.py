"""The exporter of meshes that were made to fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_estimation.export.exporter import BEND_NAME, Exporter, PosedImage, exporter_registry
from camera_estimation.io import write_bytes

FILE_NAME = "deformed.glb"
NAMES_TOLD = 3


@exporter_registry.register("deformed")
class DeformedExporter(Exporter):
    """The mesh as it was bent to fit an image, in its own look; where no deformation was found, as it is."""

    description = "deformed.glb: the mesh as it was bent to fit the image, seen aligned by the image's camera"
    one_image = True
    files = (FILE_NAME,)

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self._rigid: list[str] = []

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export._portable_mesh import portable_glb
        from camera_estimation.mesh import bend_mesh, read_bend
        from camera_estimation.mesh.gltf import mesh_glb

        (image,) = images
        file = None if image.sample_folder is None else image.sample_folder / BEND_NAME
        path = folder / FILE_NAME
        if file is not None and file.is_file():
            write_bytes(path, mesh_glb(bend_mesh(image.mesh, read_bend(file))))
            return [path]
        content, remark = portable_glb(image)
        if remark is not None:
            self.remark(remark)
        write_bytes(path, content)
        if image.entry.get("deformation"):
            self.remark(f"{image.name}: its deformation was not kept, the mesh is as it was; estimate it again")
        else:
            self._tell_rigid(image.name)
        return [path]

    def _tell_rigid(self, name: str) -> None:
        """One line of all that no deformation was found for."""
        before, self._rigid = self._line(), [*self._rigid, name]
        self.remarks = [*(line for line in self.remarks if line != before), self._line()]

    def _line(self) -> str:
        more = len(self._rigid) - NAMES_TOLD
        names = ", ".join(self._rigid[:NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")
        return f"no deformation was found for {names}: the mesh is as it was"
