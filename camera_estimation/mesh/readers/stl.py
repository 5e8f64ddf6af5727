"""The reader of STL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.mesh.reader import MeshReader, mesh_reader_registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene


@mesh_reader_registry.register("stl")
class StlReader(MeshReader):
    """Triangles without any color, in text or binary."""

    description = "STL, without colors"
    suffixes = (".stl",)
    remedy = "export the mesh as a binary STL file again"

    def read(self, path: Path) -> Scene:
        from camera_estimation.mesh._named_files import require_content
        from camera_estimation.mesh._parts import scene_of_parts
        from camera_estimation.mesh._trimesh_parts import read_with_trimesh

        require_content(path)
        return scene_of_parts(read_with_trimesh(path), path)
