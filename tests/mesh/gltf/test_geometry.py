"""What files of generators and Blender use beside plain triangles: each is where the specification puts it."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.mesh import TexturedMesh, load_mesh
from tests.support.glb_builder import QUAD, QUAD_FACES, QUAD_UV, GlbBuilder

CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], dtype=np.uint8)
QUARTER_TURN = [0.0, 0.0, float(np.sqrt(0.5)), float(np.sqrt(0.5))]  # about z


def world(mesh: TexturedMesh) -> np.ndarray:
    return mesh.center.numpy() + mesh.radius * mesh.vertices.double().numpy()


def load(builder: GlbBuilder, tmp_path) -> TexturedMesh:
    return load_mesh(builder.write(tmp_path / "built.glb"))


def quad_file(**attributes) -> GlbBuilder:
    builder = GlbBuilder()
    builder.mesh(builder.primitive(**attributes))
    return builder


def draco_file(monkeypatch=None) -> GlbBuilder:
    draco = pytest.importorskip("DracoPy")
    builder = GlbBuilder()
    builder.textured_material(CORNERS)
    content = draco.encode(QUAD, QUAD_FACES.astype(np.uint32), quantization_bits=14, tex_coord=QUAD_UV.astype(float))
    ids = {attribute["attribute_type"]: attribute["unique_id"] for attribute in draco.decode(content).attributes}
    packed = {"bufferView": builder.view(content), "attributes": {"POSITION": ids[0], "TEXCOORD_0": ids[3]}}
    builder.tree["accessors"] = [
        {"componentType": 5126, "count": 4, "type": "VEC3"},
        {"componentType": 5126, "count": 4, "type": "VEC2"},
        {"componentType": 5123, "count": 6, "type": "SCALAR"},
    ]
    attributes = {"POSITION": 0, "TEXCOORD_0": 1}
    extensions = {"KHR_draco_mesh_compression": packed}
    builder.mesh({"attributes": attributes, "indices": 2, "material": 0, "extensions": extensions})
    builder.tree["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return builder


def test_draco(tmp_path):
    mesh = load(draco_file(), tmp_path)
    order = [int(np.abs(world(mesh) - corner).sum(axis=1).argmin()) for corner in QUAD]
    assert np.allclose(world(mesh)[order], QUAD, atol=1e-3)
    assert np.allclose(mesh.uv.numpy()[order], QUAD_UV, atol=1e-3)
    assert len(mesh.faces) == 2
    corners = world(mesh)[mesh.faces.numpy()]
    assert (np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0).all()


def test_draco_without_its_library_is_one_line(tmp_path, monkeypatch):
    builder = draco_file()
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    with pytest.raises(InputError, match=r"compressed with Draco.*pip install camera-estimation\[meshes\]"):
        load(builder, tmp_path)


def test_quantized_vertices(tmp_path):
    builder = quad_file(vertices=np.pad((QUAD * 127).astype(np.int8), ((0, 0), (0, 1))))
    builder.tree["accessors"][0].update(type="VEC3", normalized=True)
    builder.tree["bufferViews"][0]["byteStride"] = 4
    builder.tree["nodes"] = [{"mesh": 0, "scale": [2.0, 2.0, 2.0]}]
    builder.tree["extensionsRequired"] = ["KHR_mesh_quantization"]
    assert np.allclose(world(load(builder, tmp_path)), 2 * QUAD, atol=1e-6)


def test_double_precision(tmp_path):
    builder = quad_file()
    builder.tree["accessors"][0].update(bufferView=builder.view(QUAD.astype("<f8").tobytes()), componentType=5130)
    builder.tree["extensionsRequired"] = ["KHR_accessor_float64"]
    assert np.allclose(world(load(builder, tmp_path)), QUAD, atol=1e-6)


@pytest.mark.parametrize("has_view", [True, False])
def test_sparse_accessors(tmp_path, has_view):
    stored = QUAD if has_view else np.zeros_like(QUAD)
    builder = quad_file(vertices=stored)
    accessor = builder.tree["accessors"][0]
    if not has_view:
        del accessor["bufferView"]
    moved = QUAD[1:] + np.float32([0, 0, 2])
    accessor["sparse"] = {
        "count": 3,
        "indices": {"bufferView": builder.view(np.array([1, 2, 3], dtype=np.uint8).tobytes()), "componentType": 5121},
        "values": {"bufferView": builder.view(moved.tobytes())},
    }
    assert np.allclose(world(load(builder, tmp_path)), [QUAD[0], *moved], atol=1e-6)


@pytest.mark.parametrize("place", ["mesh", "node"])
def test_morph_targets_by_their_weights(tmp_path, place):
    builder = quad_file()
    first, second = (np.full((4, 3), value, dtype=np.float32) * [1, 2, 0] for value in (1, 10))
    primitive = builder.tree["meshes"][0]["primitives"][0]
    primitive["targets"] = [{"POSITION": builder.accessor(item.astype(np.float32))} for item in (first, second)]
    builder.tree["meshes"][0]["weights"] = [0.5, 0.25] if place == "mesh" else [1.0, 1.0]
    if place == "node":
        builder.tree["nodes"][0]["weights"] = [0.5, 0.25]
    assert np.allclose(world(load(builder, tmp_path)), QUAD + 0.5 * first + 0.25 * second)


def skinned_file() -> GlbBuilder:
    """Two joints under an armature that is turned and ten times larger; the node of the mesh does not count."""
    joints = np.array([[0, 1, 0, 0]] * 4, dtype=np.uint8)
    weights = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0, 0]], dtype=np.float32)
    builder = GlbBuilder()
    sets = {"JOINTS_0": builder.accessor(joints), "WEIGHTS_0": builder.accessor(weights)}
    builder.mesh(builder.primitive(**sets))
    bind = np.stack([np.eye(4), np.eye(4)]).astype(np.float32)
    bind[1, 3, 0] = -1.0  # column after column: the second joint lay at x = 1
    view = builder.view(bind.tobytes())
    builder.tree["accessors"].append({"bufferView": view, "componentType": 5126, "count": 2, "type": "MAT4"})
    builder.tree["skins"] = [{"joints": [2, 3], "inverseBindMatrices": len(builder.tree["accessors"]) - 1}]
    builder.tree["nodes"] = [
        {"mesh": 0, "skin": 0, "translation": [100.0, 0.0, 0.0]},
        {"rotation": QUARTER_TURN, "scale": [10.0, 10.0, 10.0], "children": [2, 3]},
        {},
        {"translation": [0.0, 0.0, 3.0]},
    ]
    builder.tree["scenes"] = [{"nodes": [0, 1]}]
    return builder


def test_skins_follow_their_joints(tmp_path):
    first = np.array([[-10 * y, 10 * x, 0] for x, y, _ in QUAD])  # turned by a quarter, ten times larger
    second = np.array([[-10 * y, 10 * (x - 1), 30] for x, y, _ in QUAD])
    share = np.array([0, 1, 0.5, 0.5])[:, None]
    assert np.allclose(world(load(skinned_file(), tmp_path)), (1 - share) * first + share * second, atol=1e-5)


def test_a_skin_without_weights_is_one_line(tmp_path):
    builder = skinned_file()
    del builder.tree["meshes"][0]["primitives"][0]["attributes"]["WEIGHTS_0"]
    with pytest.raises(InputError, match="not every vertex of its skin has joints and weights"):
        load(builder, tmp_path)


def test_instances_of_gpu_instancing(tmp_path):
    builder = quad_file()
    rotations = np.array([[0, 0, 0, 1], QUARTER_TURN], dtype=np.float32)
    attributes = {
        "TRANSLATION": builder.accessor(np.float32([[0, 0, 0], [5, 0, 0]])),
        "ROTATION": builder.accessor(np.round(rotations * 32767).astype(np.int16), normalized=True),
        "SCALE": builder.accessor(np.float32([[1, 1, 1], [2, 2, 2]])),
    }
    extensions = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    builder.tree["nodes"] = [{"mesh": 0, "translation": [0.0, 0.0, 1.0], "extensions": extensions}]
    builder.tree["extensionsUsed"] = ["EXT_mesh_gpu_instancing"]
    mesh = load(builder, tmp_path)
    expected = [[x, y, 1] for x, y, _ in QUAD] + [[5 - 2 * y, 2 * x, 1] for x, y, _ in QUAD]
    assert np.allclose(world(mesh), expected, atol=1e-4)
    assert mesh.remarks == ()


def test_hidden_nodes_and_what_is_below_them(tmp_path):
    builder = quad_file()
    hidden = {"KHR_node_visibility": {"visible": False}}
    builder.tree["nodes"] = [{"mesh": 0}, {"extensions": hidden, "children": [2]}, {"mesh": 0, "scale": [9, 9, 9]}]
    builder.tree["scenes"] = [{"nodes": [0, 1]}]
    mesh = load(builder, tmp_path)
    assert np.allclose(world(mesh), QUAD)
    assert mesh.remarks == ("1 node with a mesh, hidden or of no drawn scene, left out",)


def test_only_the_default_scene_is_drawn_and_that_is_told(tmp_path):
    builder = quad_file()
    builder.tree["nodes"] = [{"mesh": 0, "scale": [9, 9, 9]}, {"mesh": 0}]
    builder.tree["scenes"], builder.tree["scene"] = [{"nodes": [0]}, {"nodes": [1]}], 1
    builder.tree["animations"] = [{}]
    mesh = load(builder, tmp_path)
    assert np.allclose(world(mesh), QUAD)
    assert "of its scenes 0 to 1 only scene 1 is drawn" in mesh.remarks
    assert "its animations are not played: the default pose is drawn" in mesh.remarks


@pytest.mark.parametrize("indexed", [True, False])
def test_triangle_fans(tmp_path, indexed):
    builder = GlbBuilder()
    fan = np.concatenate([QUAD, [[-0.5, 0.5, 0]]]).astype(np.float32)
    faces = np.arange(5, dtype=np.uint16) if indexed else None
    builder.mesh(builder.primitive(vertices=fan, faces=faces, mode=6))
    mesh = load(builder, tmp_path)
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 3, 4]]


def test_primitives_without_a_surface_are_left_out_and_told(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive(), {"attributes": {}}, builder.primitive(mode=1), builder.primitive(mode=0))
    mesh = load(builder, tmp_path)
    assert len(mesh.faces) == 2
    assert mesh.remarks == ("1 primitive without positions left out", "2 primitives of points or lines left out")


@pytest.mark.parametrize("tree", [{"nodes": [], "scenes": [{"nodes": []}]}, {"nodes": [{}]}])
def test_meshes_that_no_node_shows(tmp_path, tree):
    builder = quad_file()
    builder.tree.update(tree)
    with pytest.raises(InputError, match="no node of its scene shows its meshes"):
        load(builder, tmp_path)


def test_a_document_without_nodes(tmp_path):
    builder = quad_file()
    for name in ("nodes", "scenes", "scene"):
        del builder.tree[name]
    with pytest.raises(InputError, match="no node of its scene shows its meshes"):
        load(builder, tmp_path)


@pytest.mark.parametrize("name", ["AGI_articulations", "KHR_materials_unlit", "KHR_xmp_json_ld", "VRMC_vrm"])
def test_required_extensions_that_change_nothing(tmp_path, name):
    builder = quad_file()
    builder.tree["extensionsUsed"] = builder.tree["extensionsRequired"] = [name]
    assert load(builder, tmp_path).remarks == ()


def test_unknown_extensions(tmp_path):
    builder = quad_file()
    builder.tree["extensionsUsed"] = ["EXT_something", "KHR_materials_transmission", "KHR_materials_variants"]
    assert load(builder, tmp_path).remarks == (
        "what the unknown glTF extension EXT_something would add is left out",
        "what is seen through materials with KHR_materials_transmission is left out: they are drawn opaque",
        "of its material variants the default one is drawn",
    )
    builder.tree["extensionsRequired"] = ["EXT_something"]
    with pytest.raises(InputError, match=r"needs the glTF extension EXT_something, .*without that extension"):
        load(builder, tmp_path)
