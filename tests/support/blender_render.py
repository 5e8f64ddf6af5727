"""Started in Blender: renders every frame of every scene of a .blend file, and tells what it is like in facts.json.

python blender_render.py scene.blend FOLDER [LARGEST_SIDE]
"""

import json
import sys
from pathlib import Path

import bpy

SAMPLES = 16


def main(blend, folder, largest):
    bpy.ops.wm.open_mainfile(filepath=blend)
    facts = {"opens_on": bpy.context.window_manager.windows[0].scene.name, "viewports": [], "scenes": {}}
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                facts["viewports"].append(area.spaces.active.region_3d.view_perspective)
    for scene in bpy.data.scenes:
        facts["scenes"][scene.name] = [render(scene, frame, folder, largest) for frame in frames_of(scene)]
    (folder / "facts.json").write_text(json.dumps(facts))


def frames_of(scene):
    return range(scene.frame_start, scene.frame_end + 1)


def render(scene, frame, folder, largest):
    scene.frame_set(frame)
    for marker in scene.timeline_markers:  # as the timeline does in the window
        if marker.frame <= frame:
            scene.camera = marker.camera
    scene.render.engine, scene.cycles.samples = "CYCLES", SAMPLES
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 1.0
    scene.cycles.use_denoising = False
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    if largest is not None:
        side = max(scene.render.resolution_x, scene.render.resolution_y)
        scene.render.resolution_percentage = min(100, round(100 * largest / side))
    path = folder / f"{scene.name}_{frame}.png"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True, scene=scene.name)
    background = scene.camera.data.background_images[0]
    return {
        "file": path.name,
        "camera": scene.camera.name,
        "background": bpy.path.abspath(background.image.filepath),
        "shown": scene.camera.data.show_background_images,
        "stored": background.image.filepath,
        "size": [scene.render.resolution_x, scene.render.resolution_y],
    }


main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
