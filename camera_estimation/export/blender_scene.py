"""Builds a scene in Blender: a mesh, the cameras that took pictures of it, and the pictures behind them.

    blender --background --python scene.py        writes scene.blend beside this file (-- --save PATH: elsewhere)
    python scene.py                               the same with the package bpy

or open it in Blender's text editor and run it there: the scenes are added to the open file. Blender 4.2 or newer. Paths
are relative to this file.
"""

import json
import os
import sys

import bpy

SCENE = json.loads(r"""{}""")


def main() -> None:
    scratch = bpy.context.scene
    if bpy.app.background:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scratch = bpy.context.scene
    mesh = import_mesh()
    scenes = [add_scene(described, mesh) for described in SCENE["scenes"]]
    open_on(scenes[0])
    if bpy.app.background:
        bpy.data.scenes.remove(scratch)
        save(argument("--save") or path_of("scene.blend"))


def argument(name: str) -> str | None:
    """What follows a flag behind "--"; None: it was not given."""
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    return given[given.index(name) + 1] if name in given else None


def path_of(file: str) -> str:
    """A path that is relative to this script; Blender's text editor may not know where that is."""
    folders = [os.path.dirname(os.path.abspath(__file__)), SCENE["folder"]]
    folders = [folder for folder in folders if os.path.isfile(os.path.join(folder, SCENE["mesh"]))]
    if not folders:
        raise FileNotFoundError(f"{SCENE['mesh']} is not beside scene.py: keep the files of the export together")
    return os.path.normpath(os.path.join(folders[0], file))


def import_mesh() -> bpy.types.Collection:
    """The mesh, in a collection of its own that is in no scene yet."""
    objects, collections = set(bpy.data.objects), set(bpy.data.collections)
    bpy.ops.import_scene.gltf(filepath=path_of(SCENE["mesh"]))
    mesh = bpy.data.collections.new(SCENE["name"])
    for found in set(bpy.data.objects) - objects:
        for collection in found.users_collection:
            collection.objects.unlink(found)
        mesh.objects.link(found)
    for collection in set(bpy.data.collections) - collections - {mesh}:
        bpy.data.collections.remove(collection)
    return mesh


def add_scene(described: dict, mesh: bpy.types.Collection) -> bpy.types.Scene:
    """A scene whose pictures have one size, each on a frame of its own."""
    scene = bpy.data.scenes.new(described["name"])
    scene.collection.children.link(mesh)
    aspect = described["pixel_aspect"]  # height over width; Blender takes none below 1
    scene.render.resolution_x, scene.render.resolution_y = described["width"], described["height"]
    scene.render.resolution_percentage = 100
    scene.render.pixel_aspect_x, scene.render.pixel_aspect_y = max(1.0, 1 / aspect), max(1.0, aspect)
    scene.render.film_transparent = True
    scene.render.fps = max(1, round(described["fps"]))
    scene.render.fps_base = scene.render.fps / described["fps"]
    scene.view_settings.view_transform = "Standard"  # colors as in the pictures
    scene.world = even_light()
    frame = 1
    for track in described["tracks"]:
        camera = add_camera(track, frame)
        scene.collection.objects.link(camera)
        marker = scene.timeline_markers.new(track["name"], frame=frame)
        marker.camera = camera
        scene.camera = scene.camera or camera
        frame += len(track["moments"])
    scene.frame_start, scene.frame_end = 1, frame - 1
    scene.frame_set(1)
    return scene


def even_light() -> bpy.types.World:
    """White from all sides, so that renders have the mesh's own colors."""
    world = bpy.data.worlds.new("even light")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    return world


def add_camera(track: dict, first_frame: int) -> bpy.types.Object:
    """A camera with its picture behind, which moves if it has several moments."""
    data = bpy.data.cameras.new(track["name"])
    camera = bpy.data.objects.new(track["name"], data)
    camera.rotation_mode = "QUATERNION"
    data.sensor_fit = "HORIZONTAL"
    data.clip_start, data.clip_end = track["clip"]
    data.display_size = track["display_size"]
    for place, moment in enumerate(track["moments"]):
        camera.location, camera.rotation_quaternion = moment["location"], moment["quaternion"]
        data.sensor_width, data.lens = moment["sensor_width"], moment["lens"]
        data.shift_x, data.shift_y = moment["shift"]
        if len(track["moments"]) > 1:
            for owner, names in ((camera, ("location", "rotation_quaternion")), (data, track["zoom"])):
                for name in names:
                    owner.keyframe_insert(name, frame=first_frame + place)
    add_picture(data, track, first_frame)
    return camera


def add_picture(data: bpy.types.Camera, track: dict, first_frame: int) -> None:
    """The photograph behind what the camera sees, or the numbered ones of a moving camera."""
    data.show_background_images = True
    background = data.background_images.new()
    background.image = bpy.data.images.load(path_of(track["picture"]), check_existing=True)
    background.frame_method, background.display_depth, background.alpha = "STRETCH", "BACK", 1.0
    if len(track["moments"]) > 1:
        background.image.source = "SEQUENCE"
        user = background.image_user
        user.frame_start, user.frame_duration, user.frame_offset = first_frame, len(track["moments"]), 0
        user.use_auto_refresh = True


def open_on(scene: bpy.types.Scene) -> None:
    """Open on a scene, every viewport looking through its camera at the textured mesh."""
    for window in bpy.context.window_manager.windows:
        window.scene = scene
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                space = area.spaces.active
                space.shading.color_type = "TEXTURE"
                space.region_3d.view_perspective = "CAMERA"


def save(path: str) -> None:
    """Write a .blend file whose pictures are named relative to it."""
    path = os.path.abspath(path)
    bpy.context.preferences.filepaths.save_version = 0  # no copy of the first one beside the second
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.file.make_paths_relative()
    bpy.ops.wm.save_as_mainfile(filepath=path)


main()
