"""Meshes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.reader_seeds.pictures import encode_picture
from tests.support.reader_seeds.seed import Seed


def glb_seeds(folder: Path) -> Iterator[Seed]:
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


def mesh_seeds(folder: Path) -> Iterator[Seed]:
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
    beside = {"mesh.mtl": library, "skin.png": encode_picture()}
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


def usd_seeds(folder: Path) -> Iterator[Seed]:
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


def _load_mesh(path: Path) -> object:
    from camera_estimation.mesh import load_mesh

    return load_mesh(path)
