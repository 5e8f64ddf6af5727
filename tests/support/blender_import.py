"""Started in Blender: renders what the first camera of a glTF file sees, without photographs, at the size that extras
of its node tell.

    python blender_import.py scene.glb seen.png
"""

import json
import sys
from pathlib import Path

import bpy

SAMPLES = 16


def main(file, picture):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=file)
    scene = bpy.context.scene
    # The importer puts cameras below a node that turns them.
    camera = next(found for found in bpy.data.objects if found.type == "CAMERA")
    described = next(
        found for found in (camera, camera.parent, camera.data) if found is not None and "frame_width" in found
    )
    frame = {name: described[name] for name in ("frame_left", "frame_top", "frame_width", "frame_height", "fx", "fy")}
    for found in bpy.data.objects:
        found.hide_render = found.name.startswith("photograph")
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = round(frame["frame_width"]), round(frame["frame_height"])
    aspect = frame["fx"] / frame["fy"]
    scene.render.pixel_aspect_x, scene.render.pixel_aspect_y = max(1.0, 1 / aspect), max(1.0, aspect)
    scene.render.film_transparent = True
    scene.render.engine, scene.cycles.samples = "CYCLES", SAMPLES
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 1.0
    scene.cycles.use_denoising = False
    scene.render.filepath = picture
    bpy.ops.render.render(write_still=True)
    Path(picture).with_suffix(".json").write_text(json.dumps(frame))


main(sys.argv[1], sys.argv[2])
