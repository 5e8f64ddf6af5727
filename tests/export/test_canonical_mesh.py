from __future__ import annotations

import json
import math
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

from camera_estimation.errors import InputError
from camera_estimation.export._canonical_mesh import canonical_glb
from camera_estimation.export.exporter import PosedImage
from camera_estimation.export.exporters.canonical import CanonicalExporter
from tests.support.glb_builder import GlbBuilder
from tests.support.small_samples import camera_around_box

CENTER = torch.zeros(3)
CAMERA = camera_around_box(640, 480)


def canonical_of(path, camera, center):
    return canonical_glb(path.read_bytes(), path.parent, camera, center)


def chunks(content):
    """(kind, bytes) of each chunk, checking the container on the way."""
    magic, version, length = struct.unpack_from("<4sII", content)
    assert (magic, version, length) == (b"glTF", 2, len(content))
    found, offset = [], 12
    while offset < length:
        size, kind = struct.unpack_from("<I4s", content, offset)
        assert size % 4 == 0
        found.append((kind, content[offset + 8 : offset + 8 + size]))
        offset += 8 + size
    return found


def tree_of(content):
    return json.loads(chunks(content)[0][1])


def in_camera(points):
    """X = R x + t, then from OpenCV's to glTF's camera axes."""
    pose = CAMERA.world_to_camera[0].numpy()
    return (points @ pose[:3, :3].T + pose[:3, 3]) * (1, -1, -1)


def world_vertices(path):
    return np.asarray(trimesh.load(path, force="scene").to_geometry().vertices)


@pytest.fixture
def canonical(mesh, tmp_path):
    path = tmp_path / "canonical.glb"
    path.write_bytes(canonical_of(mesh.path, CAMERA, mesh.center))
    return path


def test_vertices_are_in_camera_space_in_world_units(mesh, canonical):
    np.testing.assert_allclose(world_vertices(canonical), in_camera(world_vertices(mesh.path)), atol=1e-6)


def test_everything_but_the_json_is_untouched(mesh, canonical):
    before, after = chunks(mesh.path.read_bytes()), chunks(canonical.read_bytes())
    assert after[1:] == before[1:]
    old, new = json.loads(before[0][1]), json.loads(after[0][1])
    for key in set(old) - {"nodes", "scenes"}:
        assert new[key] == old[key]
    assert new["nodes"][: len(old["nodes"])] == old["nodes"]


def test_camera_at_the_origin_shows_the_picture(canonical):
    tree = tree_of(canonical.read_bytes())
    node = next(node for node in tree["nodes"] if "camera" in node)
    assert not {"matrix", "rotation", "translation", "scale"} & set(node)
    perspective = tree["cameras"][node["camera"]]["perspective"]
    half_height, half_width = math.tan(perspective["yfov"] / 2), perspective["aspectRatio"]
    assert half_height == pytest.approx(480 / 2 / CAMERA.focal[0, 1].item())
    assert half_height * half_width == pytest.approx(640 / 2 / CAMERA.focal[0, 0].item())
    assert 0 < perspective["znear"] < 1
    assert "zfar" not in perspective
    points = in_camera(np.array([[3.2, -0.5, 2.1]]))
    pixel, _ = CAMERA.project(torch.tensor([[[3.2, -0.5, 2.1]]], dtype=torch.float64))
    x = points[0, 0] / -points[0, 2] / (half_height * half_width)
    y = points[0, 1] / -points[0, 2] / half_height
    assert pixel[0, 0].tolist() == pytest.approx([320 * (1 + x), 240 * (1 - y)])


def test_further_chunks_stay(mesh, tmp_path):
    content = mesh.path.read_bytes() + struct.pack("<I4s", 8, b"XTRA") + b"whatever"
    content = content[:8] + struct.pack("<I", len(content)) + content[12:]
    path = tmp_path / "extra.glb"
    path.write_bytes(content)
    assert chunks(canonical_of(path, CAMERA, CENTER))[2] == (b"XTRA", b"whatever")


def test_several_scenes_and_roots_move_once_each(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    builder.tree["nodes"] = [{"mesh": 0}, {"mesh": 0, "translation": [2, 0, 0]}, {"mesh": 0, "scale": [2, 2, 2]}]
    builder.tree["scenes"] = [{"nodes": [0, 1]}, {"nodes": [1, 2]}]
    tree = tree_of(canonical_of(builder.write(tmp_path / "scenes.glb"), CAMERA, CENTER))
    parents = [child for node in tree["nodes"] for child in node.get("children", [])]
    assert sorted(parents) == [0, 1, 2]
    for scene, roots in zip(tree["scenes"], ({0, 1}, {1, 2}), strict=True):
        movers = [tree["nodes"][node] for node in scene["nodes"] if "children" in tree["nodes"][node]]
        assert {child for node in movers for child in node["children"]} == roots
        assert sum("camera" in tree["nodes"][node] for node in scene["nodes"]) == 1


def test_file_without_scenes_gets_one(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    builder.tree["nodes"] = [{"children": [1]}, {"mesh": 0}]
    del builder.tree["scenes"], builder.tree["scene"]
    tree = tree_of(canonical_of(builder.write(tmp_path / "bare.glb"), CAMERA, CENTER))
    movers = [node for node in tree["nodes"] if "matrix" in node]
    assert [node["children"] for node in movers] == [[0]]
    assert len(tree["scenes"]) == 1


def test_pictures_beside_the_file_come_along(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    builder.tree["images"] = [{"uri": "my%20skin.jpg"}, {"uri": "missing.png"}]
    (tmp_path / "my skin.jpg").write_bytes(b"picture")
    images = tree_of(canonical_of(builder.write(tmp_path / "textured.glb"), CAMERA, CENTER))["images"]
    assert images[0]["uri"] == "data:image/jpeg;base64,cGljdHVyZQ=="
    assert images[1]["uri"] == "missing.png"


def test_a_principal_point_off_the_centre_is_central_in_a_wider_frame(mesh, tmp_path):
    """What glTF's camera shows, cut to the picture's part, is the picture; Blender agrees in test_gltf.py."""
    off = replace(CAMERA, principal_point=CAMERA.principal_point + torch.tensor([[40.0, -25.0]], dtype=torch.float64))
    tree = tree_of(canonical_of(mesh.path, off, mesh.center))
    node = next(node for node in tree["nodes"] if "camera" in node)
    extras = node["extras"]
    assert "wider than the picture" in node["name"]
    assert (extras["frame_width"], extras["frame_height"]) == (640 + 80, 480 + 50)
    assert (extras["frame_left"], extras["frame_top"]) == (0, -50)
    perspective = tree["cameras"][node["camera"]]["perspective"]
    half_height = math.tan(perspective["yfov"] / 2)
    assert half_height == pytest.approx(530 / 2 / off.focal[0, 1].item())
    points = in_camera(np.array([[3.2, -0.5, 2.1]]))
    x = points[0, 0] / -points[0, 2] / (half_height * perspective["aspectRatio"])
    y = points[0, 1] / -points[0, 2] / half_height
    pixel, _ = off.project(torch.tensor([[[3.2, -0.5, 2.1]]], dtype=torch.float64))
    found = [720 / 2 * (1 + x) + extras["frame_left"], 530 / 2 * (1 - y) + extras["frame_top"]]
    assert pixel[0, 0].tolist() == pytest.approx(found)


def test_a_central_one_has_no_extras(canonical):
    node = next(node for node in tree_of(canonical.read_bytes())["nodes"] if "camera" in node)
    assert node == {"name": "estimated camera", "camera": 0}


def test_a_mesh_that_is_gone_since_it_was_loaded(mesh, tmp_path):
    gone = tmp_path / "gone.glb"
    image = PosedImage("a", tmp_path / "a.png", gone, CAMERA, lambda: mesh)
    with pytest.raises(InputError, match=r"gone.glb: cannot be read any more \(No such file or directory\)"):
        CanonicalExporter().write([image], tmp_path)
    assert not (tmp_path / "canonical.glb").exists()
