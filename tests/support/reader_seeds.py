"""Sound files of every kind that is read, and what reads them: where tests and the fuzzer begin to break things."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CAMERA = {"width": 64, "height": 48, "fx": 60.0, "fy": 60.0, "cx": 32.0, "cy": 24.0}
POSE = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 3.0], [0, 0, 0, 1.0]]
PICTURE_FORMATS = (("png", {}), ("jpg", {}), ("webp", {}), ("tif", {}), ("bmp", {}), ("gif", {}), ("avif", {}))


@dataclass(frozen=True)
class Seed:
    """A sound file.

    Args:
        kind: Of its reader, by which the fuzzer is asked for it.
        name: Of the file.
        content: Of the file.
        read: Reads the file at a path. It may raise InputError and nothing else.
        beside: Other files in its folder.
    """

    kind: str
    name: str
    content: bytes
    read: Callable[[Path], object]
    beside: dict[str, bytes] = field(default_factory=dict)


def reader_seeds(folder: Path) -> list[Seed]:
    """All seeds whose libraries are installed. Some are written to ``folder`` in between."""
    makers = (_glb_seeds, _mesh_seeds, _usd_seeds, _picture_seeds, _depth_seeds, _video_seeds, _table_seeds)
    makers += (_camera_seeds, _colmap_seeds, _opencv_seeds, _array_seeds)
    return [seed for make in makers for seed in make(folder)]


def _load_mesh(path: Path) -> object:
    from camera_estimation.mesh import load_mesh

    return load_mesh(path)


def _picture(mode: str = "RGB", form: str = "PNG", **options: Any) -> bytes:
    values = np.random.default_rng(0).integers(0, 255, (48, 64, 4), dtype=np.uint8)
    stream = io.BytesIO()
    picture = (
        Image.fromarray(values).convert(mode) if mode != "I;16" else Image.fromarray(values[..., 0] * np.uint16(9))
    )
    picture.save(stream, form, **options)
    return stream.getvalue()


def _glb_seeds(folder: Path) -> Iterator[Seed]:
    from tests.support.glb_builder import QUAD, QUAD_FACES, QUAD_UV, GlbBuilder

    for skinned in (False, True):
        builder = GlbBuilder()
        attributes = {"POSITION": builder.accessor(QUAD), "TEXCOORD_0": builder.accessor(QUAD_UV)}
        attributes["COLOR_0"] = builder.accessor(np.full((4, 4), 200, np.uint8), normalized=True)
        node: dict[str, Any] = {"mesh": 0, "children": [1], "rotation": [0, 0, 0, 1]}
        if skinned:
            attributes["JOINTS_0"] = builder.accessor(np.zeros((4, 4), np.uint8))
            attributes["WEIGHTS_0"] = builder.accessor(np.full((4, 4), 0.25, np.float32))
            builder.tree["skins"] = [{"joints": [0]}]
            node["skin"] = 0
        else:
            places = builder.accessor(np.zeros((2, 3), np.float32))
            node["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": places}}}
        material = builder.textured_material(np.full((4, 4, 3), 90, np.uint8))
        primitive = {"attributes": attributes, "indices": builder.accessor(QUAD_FACES), "material": 0}
        primitive["targets"] = [{"POSITION": attributes["POSITION"]}]
        builder.tree["materials"] = [{**material, "alphaMode": "MASK"}]
        builder.tree["meshes"] = [{"primitives": [primitive], "weights": [0.5]}]
        builder.tree["nodes"] = [node, {"translation": [0.0, 1.0, 0.0]}]
        path = folder / "seed.glb"
        builder.write(path)
        yield Seed("glb", "mesh.glb", path.read_bytes(), _load_mesh)
    tree = {**builder.tree, "buffers": [{"uri": "mesh.bin", "byteLength": len(builder.binary)}]}
    beside = {"mesh.bin": bytes(builder.binary)}
    yield Seed("gltf", "mesh.gltf", json.dumps(tree).encode(), _load_mesh, beside)


def _mesh_seeds(folder: Path) -> Iterator[Seed]:
    import trimesh

    box = trimesh.creation.box()
    scene = trimesh.Scene(box)
    box.visual.vertex_colors = np.full((8, 4), 120, np.uint8)
    for suffix, kinds in (("ply", ("binary", "ascii")), ("stl", ("binary", "ascii")), ("off", ("ascii",))):
        for kind in kinds:
            form = "stl_ascii" if (suffix, kind) == ("stl", "ascii") else suffix
            options = {"encoding": kind} if suffix == "ply" else {}
            content = box.export(file_type=form, **options)
            content = content.encode() if isinstance(content, str) else content
            yield Seed(suffix, f"mesh.{suffix}", content, _load_mesh)
    obj = (
        "mtllib mesh.mtl\nv 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 1 1 0 0 0 1\nv 0 1 1 1 1 1\nvt 0 0\nvt 1 0\nvt 1 1\n"
        "usemtl skin\nf 1/1 2/2 3/3\nf -4/-3 -2/-1 -1/-2\nf 1 2 3 4\n"
    )
    library = b"newmtl skin\nKd 0.5 0.2 0.1\nmap_Kd -s 1 1 1 skin.png\nd 0.9\n"
    beside = {"mesh.mtl": library, "skin.png": _picture()}
    yield Seed("obj", "mesh.obj", obj.encode(), _load_mesh, beside)
    yield Seed("ply", "mesh.ply", PLY_TEXT.encode(), _load_mesh, beside)
    for suffix, module in (("3mf", "networkx"), ("dae", "collada")):
        try:
            __import__(module)
        except ImportError:
            continue
        content = (scene if suffix == "3mf" else box).export(file_type=suffix)
        yield Seed(suffix, f"mesh.{suffix}", content, _load_mesh)


PLY_TEXT = (
    "ply\nformat ascii 1.0\ncomment TextureFile skin.png\n"
    "element vertex 3\nproperty float x\nproperty float y\nproperty float z\nproperty float s\nproperty float t\n"
    "element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0 0 0\n1 0 0 1 0\n0 1 0 0 1\n3 0 1 2\n"
)


def _usd_seeds(folder: Path) -> Iterator[Seed]:
    try:
        from pxr import Usd
    except ImportError:
        return
    text = (
        '#usda 1.0\n(\n    upAxis = "Y"\n)\ndef Xform "Root"\n{\n    def Mesh "Thing"\n    {\n'
        "        int[] faceVertexCounts = [3, 3]\n        int[] faceVertexIndices = [0, 1, 2, 0, 2, 3]\n"
        "        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]\n"
        "        color3f[] primvars:displayColor = [(0.2, 0.4, 0.6)]\n    }\n}\n"
    )
    yield Seed("usda", "mesh.usda", text.encode(), _load_mesh)
    (folder / "seed.usda").write_text(text)
    Usd.Stage.Open(str(folder / "seed.usda")).Export(str(folder / "seed.usdc"))
    yield Seed("usdc", "mesh.usdc", (folder / "seed.usdc").read_bytes(), _load_mesh)


def _picture_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.images import read_upright
    from camera_estimation.images.instance_mask import read_instance_mask
    from camera_estimation.images.mask_file import read_mask_file

    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix, options in PICTURE_FORMATS:
        form = Image.registered_extensions().get(f".{suffix}")
        if form in Image.SAVE:
            told = {"exif": exif} if suffix in ("jpg", "png", "webp") else options
            yield Seed("picture", f"view.{suffix}", _picture(form=form, **told), read_upright)
    yield Seed("picture", "view.png", _picture("I;16"), read_upright)
    yield Seed("mask", "view_mask.png", _picture("P"), read_mask_file)
    counts = {"size": [48, 64], "counts": [0, 48 * 32, 48 * 32]}
    square = [8, 8, 40, 8, 40, 40, 8, 40]
    tree = {
        "images": [{"id": 1, "file_name": "view.png"}],
        "annotations": [{"id": k, "image_id": 1, "segmentation": part} for k, part in enumerate((counts, [square]))],
    }
    for number in ("0", "1"):

        def read(path: Path, number: str = number) -> object:
            return read_instance_mask(path, number, Path("view.png"), 64, 48)

        yield Seed("coco", "masks.json", json.dumps(tree).encode(), read)

    def read_code(path: Path) -> object:
        return read_instance_mask(path, "0", Path("view.png"), 64, 48)

    tree["annotations"][0]["segmentation"] = {"size": [48, 64], "counts": "0P`1P`1"}
    yield Seed("coco", "masks.json", json.dumps(tree).encode(), read_code)


def _depth_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.images import load_depth

    def read(path: Path) -> object:
        return load_depth(path, 64, 48)

    yield Seed("depth", "view.png", _picture("I;16"), read)
    stream = io.BytesIO()
    values = np.full((48, 64), 2.0, np.float32)
    np.save(stream, values)
    yield Seed("depth", "view.npy", stream.getvalue(), read)
    try:
        import OpenEXR
    except ImportError:
        return
    path = folder / "seed.exr"
    OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION}, {"Z": values}).write(str(path))
    yield Seed("exr", "view.exr", path.read_bytes(), read)


def _video_seeds(folder: Path) -> Iterator[Seed]:
    try:
        import av
    except ImportError:
        return
    from camera_estimation.io import frame_path, index_video, read_frame

    def read(path: Path) -> object:
        index = index_video(path)
        return [read_frame(frame_path(path, number)) for number in {0, len(index.stamps) - 1}]

    for suffix, codec in (
        ("mp4", "libx264"),
        ("mkv", "libx264"),
        ("webm", "libvpx"),
        ("avi", "mpeg4"),
        ("mov", "mjpeg"),
    ):
        path = folder / f"seed.{suffix}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(4):
                picture = np.full((48, 64, 3), 60 * number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        yield Seed("video", f"clip.{suffix}", path.read_bytes(), read)


def _table_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.configuration import load_preset
    from camera_estimation.dataset import load_boxes, load_points, pair_by_csv, read_bop_results, read_bop_table
    from camera_estimation.images import load_keypoints, load_region_weights
    from camera_estimation.segmentation import load_prompts

    pairs = (
        "mesh,image,mask,instance,box,fx,fy,cx,cy,note\na.glb,a.png,m.png#2,,1 2 30 40,60,60,32,24,=1+1\n"
        'b.glb,"b, c.png",,,,,,,,\n'
    )
    yield Seed("csv", "pairs.csv", pairs.encode(), pair_by_csv)
    yield Seed("csv", "boxes.csv", b"image,left,top,right,bottom\na.png,1,2,30,40\n", load_boxes)
    yield Seed("csv", "points.csv", b"image,x,y\na.png,3,4\na.png,5,6\n", load_points)
    points = "x,y,z,u,v,confidence,name\n0,0,0,3,4,1,tip\n1,0,0,5,4,0.5,\n"
    yield Seed("csv", "view.csv", points.encode(), load_keypoints)
    yield Seed(
        "csv", "ids.csv", b"image,mesh,scene_id,im_id,obj_id,mm_per_unit\na.png,a.glb,1,2,3,1000\n", read_bop_table
    )
    results = "scene_id,im_id,obj_id,score,R,t,time\n1,2,3,0.5,1 0 0 0 1 0 0 0 1,0 0 900,-1\n"
    yield Seed("csv", "results.csv", results.encode(), read_bop_results)
    yield Seed("json", "boxes.json", b'{"a.png": [1, 2, 30, 40]}', load_boxes)
    yield Seed("json", "points.json", b'{"a.png": [[3, 4], [5, 6]], "b.png": [1, 2]}', load_points)
    keypoints = [{"xyz": [0, 0, 0], "uv": [3, 4], "confidence": 1, "name": "tip"}]
    yield Seed("json", "view.json", json.dumps(keypoints).encode(), load_keypoints)
    prompts = '[images."a.png"]\nbox = [1, 2, 30, 40]\npoints = [[3, 4]]\n[categories.hat]\nwords = ["a hat"]\n'
    yield Seed("toml", "prompts.toml", prompts.encode(), load_prompts)
    yield Seed("toml", "weights.toml", b"hair = 0.0\nface = 2.0\n", load_region_weights)
    preset = b'seed = 3\n[search]\nviewpoints = 100\n[loss]\nname = "ncc"\n[[refinement.levels]]\nresolution = 64\n'
    yield Seed("toml", "own.toml", preset + b"blur = 1.0\niterations = 2\nkeep = 1\n", load_preset)


def _camera_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.dataset import load_intrinsics, read_bop_scene
    from camera_estimation.results import load_initial_poses, read_entries, read_poses

    camera = {**CAMERA, "world_to_camera": POSE}
    yield Seed("json", "k.json", json.dumps({"a.png": {**CAMERA, "k1": 0.1}}).encode(), load_intrinsics)
    yield Seed("json", "init.json", json.dumps({"a": camera, "b": {"camera": camera}}).encode(), load_initial_poses)
    frames = {"camera_angle_x": 0.9, "w": 64, "h": 48, "frames": [{"file_path": "a.png", "transform_matrix": POSE}]}
    for read in (load_intrinsics, load_initial_poses):
        yield Seed("json", "transforms.json", json.dumps(frames).encode(), read)
    pose = {"cam_R_m2c": [1, 0, 0, 0, 1, 0, 0, 0, 1], "cam_t_m2c": [0, 0, 900.0], "obj_id": 1}
    yield Seed("json", "scene_gt.json", json.dumps({"0": [pose]}).encode(), read_bop_scene)
    cameras = {"0": {"cam_K": [60, 0, 32, 0, 60, 24, 0, 0, 1], "width": 64, "height": 48}}
    yield Seed("json", "scene_camera.json", json.dumps(cameras).encode(), load_intrinsics)
    entry = {"name": "a", "mesh": "a.glb", "image": "a.png", "status": "ok", **camera}
    run = {"format": "camera-estimation/poses", "version": 1, "poses": [entry]}
    for reads in (load_initial_poses, read_entries, read_poses):
        yield Seed("json", "poses.json", json.dumps(run).encode(), reads)
    yield Seed("text", "trajectory.txt", b"# sample a\n0.5 0 0 3 0 0 0 1\n", load_initial_poses)
    table = "name,image,mesh,width,height,fx,fy,cx,cy,center_x,center_y,center_z,qx,qy,qz,qw\n"
    row = "a,a.png,a.glb,64,48,60,60,32,24,0,0,-3,0,0,0,1\n"
    yield Seed("csv", "cameras.csv", (table + row).encode(), load_initial_poses)


def _colmap_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.dataset import load_intrinsics
    from camera_estimation.results import load_initial_poses

    cameras = b"# cameras\n1 OPENCV 64 48 60 60 32 24 0.1 0 0 0\n"
    images = b"# images\n1 1 0 0 0 0 0 3 1 a.png\n3 4 -1\n"
    yield Seed("colmap", "cameras.txt", cameras, load_intrinsics, {"images.txt": images})
    yield Seed("colmap", "images.txt", images, load_initial_poses, {"cameras.txt": cameras})
    packed = struct.pack("<QIiQQ4d", 1, 1, 1, 64, 48, 60, 60, 32, 24)
    posed = struct.pack("<QI7dI", 1, 1, 1, 0, 0, 0, 0, 0, 3, 1) + b"a.png\0" + struct.pack("<Q2dq", 1, 3, 4, -1)
    yield Seed("colmap", "cameras.bin", packed, load_intrinsics, {"images.bin": posed})
    yield Seed("colmap", "images.bin", posed, load_initial_poses, {"cameras.bin": packed})


def _opencv_seeds(folder: Path) -> Iterator[Seed]:
    import cv2

    from camera_estimation.dataset import load_intrinsics
    from camera_estimation.results import load_initial_poses

    for suffix in ("yaml", "xml"):
        storage = cv2.FileStorage(f".{suffix}", cv2.FILE_STORAGE_WRITE | cv2.FILE_STORAGE_MEMORY)
        storage.write("image_width", 64)
        storage.write("image_height", 48)
        storage.write("camera_matrix", np.array([[60.0, 0, 32], [0, 60, 24], [0, 0, 1]]))
        storage.write("distortion_coefficients", np.array([[0.1, 0, 0, 0, 0]]))
        storage.write("rvec", np.zeros((3, 1)))
        storage.write("tvec", np.array([[0.0], [0], [3]]))
        content = storage.releaseAndGetString().encode()
        for read in (load_intrinsics, load_initial_poses):
            yield Seed("yaml", f"cameras.{suffix}", content, read)


def _array_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.dataset import load_intrinsics
    from camera_estimation.mesh import read_bend
    from camera_estimation.results import load_initial_poses

    def packed(**arrays: Any) -> bytes:
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        return stream.getvalue()

    matrix = np.array([[60.0, 0, 32], [0, 60, 24], [0, 0, 1]])
    yield Seed("npz", "k.npz", packed(K=matrix, dist=np.zeros(5)), load_intrinsics)
    splats = {"name": np.array(["a"]), "viewmats": np.array([POSE]), "Ks": matrix[None]}
    yield Seed("npz", "cameras.npz", packed(**splats, width=np.array([64]), height=np.array([48])), load_initial_poses)
    bend = {"sources": np.zeros((2, 3)), "weights": np.zeros((2, 3)), "length": np.float64(1), "origin": np.zeros(3)}
    bend |= {"stretch": np.eye(3), "linear": np.eye(3), "shift": np.zeros(3)}
    yield Seed("npz", "bend.npz", packed(**bend), read_bend)
