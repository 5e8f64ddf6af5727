"""The exporter of canonical.glb, which every sample has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import write_bytes

FILE_NAME = "canonical.glb"
WIDENED = (
    "a camera of glTF has no principal point: where the picture's is off its centre, that of canonical.glb shows a "
    "wider frame about it; extras of its node tell which part of that is the picture"
)


@exporter_registry.register("canonical")
class CanonicalExporter(Exporter):
    """The mesh moved into camera space, with a glTF camera at the origin that shows the picture."""

    description = "canonical.glb: the mesh in camera space, for any viewer of glTF"
    one_image = always = True
    files = (FILE_NAME,)

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export._canonical_mesh import canonical_glb
        from camera_estimation.export._centered_frame import frame_about_axis
        from camera_estimation.mesh.gltf import is_glb, mesh_glb

        (image,) = images
        mesh, path = image.mesh, folder / FILE_NAME
        content = _read_mesh(image.mesh_path)
        if not is_glb(content):
            content = mesh_glb(mesh)
        write_bytes(path, canonical_glb(content, image.mesh_path.parent, image.camera, mesh.center))
        if frame_about_axis(image.camera).is_widened:
            self.remark(WIDENED)
        return [path]


def _read_mesh(path: Path) -> bytes:
    """A file that could be read when the mesh was loaded. Raises InputError if it is gone since."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read any more ({error.strerror}); put it back and run again") from error
