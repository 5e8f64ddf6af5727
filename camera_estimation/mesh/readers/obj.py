"""The reader of Wavefront OBJ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.mesh.reader import MeshReader, mesh_reader_registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene


@mesh_reader_registry.register("obj")
class ObjReader(MeshReader):
    """Faces with the textures of their materials, or with colors of vertices."""

    description = "Wavefront OBJ, with its materials and textures beside it"
    suffixes = (".obj",)
    remedy = "export the mesh as an OBJ or GLB file again"

    def read(self, path: Path) -> Scene:
        from camera_estimation.mesh._named_files import require_content
        from camera_estimation.mesh._wavefront import read_obj

        require_content(path)
        return read_obj(path)
