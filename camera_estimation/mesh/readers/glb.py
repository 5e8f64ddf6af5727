"""The reader of glTF 2.0."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.mesh.reader import MeshReader, mesh_reader_registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene


@mesh_reader_registry.register("glb")
class GlbReader(MeshReader):
    """The whole scene of a GLB or glTF file: every triangle primitive where a node shows it, with its base colour."""

    description = "glTF 2.0, in one file or with files beside it"
    suffixes = (".glb", ".gltf")
    remedy = "export the mesh as a binary glTF 2.0 file again"

    def read(self, path: Path) -> Scene:
        from camera_estimation.mesh.gltf import read_scene

        return read_scene(path)
