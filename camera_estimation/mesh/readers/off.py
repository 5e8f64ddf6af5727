"""The reader of OFF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.mesh.reader import MeshReader, mesh_reader_registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene


@mesh_reader_registry.register("off")
class OffReader(MeshReader):
    """Triangles; colors are left out, which is told."""

    description = "OFF, without colors"
    suffixes = (".off",)
    remedy = "export the mesh as a GLB or PLY file"

    def read(self, path: Path) -> Scene:
        from camera_estimation.mesh._named_files import require_content
        from camera_estimation.mesh._parts import scene_of_parts
        from camera_estimation.mesh._trimesh_parts import read_with_trimesh

        require_content(path)
        with path.open("rb") as stream:
            colored = stream.readline().strip().upper().startswith((b"COFF", b"STCOFF", b"STOFF", b"STCNOFF"))
        remarks = ["its colors are left out: export it as PLY to keep them"] if colored else []
        return scene_of_parts(read_with_trimesh(path), path, remarks)
