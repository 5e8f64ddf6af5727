"""The reader of COLLADA."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.mesh.reader import MeshReader, mesh_reader_registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene


@mesh_reader_registry.register("dae")
class ColladaReader(MeshReader):
    """The whole scene with its textures, in the file's own frame."""

    description = "COLLADA, with its textures beside it (the extra meshes)"
    suffixes = (".dae",)
    remedy = "export the mesh as a GLB file"

    def read(self, path: Path) -> Scene:
        from camera_estimation.mesh._collada_scene import read_collada
        from camera_estimation.mesh._named_files import require_content

        require_content(path)
        return read_collada(path)
