"""The exporter of Blender's scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import write_bytes, write_text

SCRIPT_NAME, MESH_NAME, BLEND_NAME = "scene.py", "mesh.glb", "scene.blend"


@exporter_registry.register("blender")
class BlenderExporter(Exporter):
    """A script that builds the scene and, where Blender is at hand, what it builds: mesh, cameras, pictures behind."""

    description = "scene.py and, where Blender is at hand, scene.blend: the mesh, its cameras and their photographs"
    one_mesh = True
    files = (SCRIPT_NAME, MESH_NAME)
    option_help: ClassVar[Mapping[str, str]] = {
        "program": "Blender, or a Python that has bpy (default: this Python, else blender)",
    }

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export._blender_files import scene_script
        from camera_estimation.export._blender_program import REMEDY, find_blender, run_script
        from camera_estimation.export._pinhole_pictures import lens_remarks
        from camera_estimation.export._portable_mesh import portable_glb
        from camera_estimation.export._tracks import camera_tracks

        program = find_blender(self.options.get("program"))
        content, remark = portable_glb(images[0])
        if remark is not None:
            self.remark(remark)
        for line in lens_remarks("Blender", images):
            self.remark(line)
        mesh_file, script, blend = folder / MESH_NAME, folder / SCRIPT_NAME, folder / BLEND_NAME
        write_bytes(mesh_file, content)
        write_text(script, scene_script(camera_tracks(images), images[0].mesh, mesh_file, folder))
        if program is None:
            self.remark(f"scene.py is written; scene.blend {REMEDY}")
            return [script, mesh_file]
        run_script(program, script, blend)
        return [blend, script, mesh_file]
