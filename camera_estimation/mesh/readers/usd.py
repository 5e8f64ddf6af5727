"""The reader of OpenUSD."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.mesh.reader import MeshReader, mesh_reader_registry

if TYPE_CHECKING:
    from camera_estimation.mesh.scene import Scene


@mesh_reader_registry.register("usd")
class UsdReader(MeshReader):
    """The whole stage at its first time, with the base colors of preview surfaces."""

    description = "OpenUSD, in one file (USDZ) or several (the extra usd)"
    suffixes = (".usdz", ".usd", ".usda", ".usdc")
    remedy = "export the mesh as a GLB file"

    def read(self, path: Path) -> Scene:
        from camera_estimation.mesh._named_files import require_content
        from camera_estimation.mesh._usd_stage import read_stage

        require_content(path)
        return read_stage(path)
