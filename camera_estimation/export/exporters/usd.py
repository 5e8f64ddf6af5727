"""The exporter of USD scenes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import write_bytes

FILE_NAME = "scene.usd"
COLORS = (
    "a preview surface of USD takes a texture or colors of vertices: where the mesh has both, its colors are left out"
)


@exporter_registry.register("usd")
class UsdExporter(Exporter):
    """The mesh with a camera for each image, or a moving one for a sequence, and its photograph on a plane behind."""

    description = "scene.usd: the mesh, its cameras with apertures and offsets, and their photographs (the extra usd)"
    one_mesh = True
    files = (FILE_NAME,)

    @classmethod
    def missing(cls) -> str | None:
        if find_spec("pxr") is None:
            return "exporter usd needs usd-core: pip install 'camera-estimation[usd]'"
        return None

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export._pinhole_pictures import lens_remarks
        from camera_estimation.export._tracks import camera_tracks
        from camera_estimation.export._usd_mesh import loses_colors
        from camera_estimation.export._usd_scene import UsdScene

        mesh = images[0].mesh
        if loses_colors(mesh):
            self.remark(COLORS)
        for line in lens_remarks("USD", images):
            self.remark(line)
        scene = UsdScene(mesh, folder)
        for track in camera_tracks(images):
            scene.add_track(track)
        path = folder / FILE_NAME
        write_bytes(path, scene.content())
        return [path]
