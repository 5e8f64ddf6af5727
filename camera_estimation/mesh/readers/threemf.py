"""The reader of 3MF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError
from camera_estimation.mesh.reader import MeshReader, mesh_reader_registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene


@mesh_reader_registry.register("threemf")
class ThreeMfReader(MeshReader):
    """All objects of the build; colors are left out, which is told."""

    description = "3MF, without colors (the extra meshes)"
    suffixes = (".3mf",)
    remedy = "export the mesh as a GLB file"

    def read(self, path: Path) -> Scene:
        from camera_estimation.mesh._named_files import require_content
        from camera_estimation.mesh._parts import scene_of_parts
        from camera_estimation.mesh._threemf_census import look_through_threemf
        from camera_estimation.mesh._trimesh_parts import read_with_trimesh

        require_content(path)
        try:
            import lxml  # noqa: F401
            import networkx  # noqa: F401
        except ImportError as error:
            raise InputError(
                f"{path}: 3MF is read by lxml and networkx: pip install camera-estimation[meshes]"
            ) from error
        colored = look_through_threemf(path)
        remarks = ["its colors are left out: export it as GLB to keep them"] if colored else []
        return scene_of_parts(read_with_trimesh(path), path, remarks)
