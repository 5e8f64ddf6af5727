from __future__ import annotations

import base64
import json
import struct
import warnings

import numpy as np
import pytest
import torch

from camera_estimation.mesh.loading import load_mesh
from camera_estimation.mesh.textured_mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, REPEAT, TexturedMesh
from tests.support.glb_builder import QUAD, QUAD_FACES, QUAD_UV, GlbBuilder, quad_tree

# One colour a corner of the picture: first row red, green; second row blue, white.
CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], dtype=np.uint8)


def world(mesh: TexturedMesh) -> np.ndarray:
    return mesh.center.numpy() + mesh.radius * mesh.vertices.double().numpy()


def quad(builder: GlbBuilder, **keywords) -> dict:
    return builder.primitive(material=0, TEXCOORD_0=builder.accessor(QUAD_UV), **keywords)


def load(builder: GlbBuilder, tmp_path) -> TexturedMesh:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_mesh(builder.write(tmp_path / "built.glb"))


def test_texture_coordinates_name_the_texel_that_the_specification_says(tmp_path):
    builder = GlbBuilder()
    builder.textured_material(CORNERS)
    builder.mesh(quad(builder))
    mesh = load(builder, tmp_path)
    texels = mesh.textures[0].texels.numpy()
    expected = {(0, 1): (255, 0, 0), (1, 1): (0, 255, 0), (0, 0): (0, 0, 255), (1, 0): (255, 255, 255)}
    for vertex, (u, v) in zip(world(mesh), mesh.uv.tolist(), strict=True):
        texel = texels[min(int(v * 2), 1), min(int(u * 2), 1)]
        assert tuple(texel) == expected[tuple(int(round(x)) for x in vertex[:2])]


def test_dtypes_and_normalisation(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive(vertices=QUAD * 1e9 + np.float32(5e9)))
    mesh = load(builder, tmp_path)
    assert mesh.vertices.dtype == torch.float32
    assert mesh.faces.dtype == mesh.face_texture.dtype == torch.int32
    assert mesh.center.dtype == torch.float64
    assert mesh.vertices.norm(dim=1).max().item() == pytest.approx(1.0, abs=1e-6)
    assert mesh.radius == pytest.approx(1e9 * np.sqrt(0.5), rel=1e-6)


@pytest.mark.parametrize(
    ("code", "mode"), [(33071, CLAMP_TO_EDGE), (33648, MIRRORED_REPEAT), (10497, REPEAT), (None, REPEAT)]
)
def test_wrap_modes(tmp_path, code, mode):
    builder = GlbBuilder()
    builder.textured_material(CORNERS, sampler={} if code is None else {"wrapS": code})
    builder.mesh(quad(builder))
    texture = load(builder, tmp_path).textures[0]
    assert (texture.wrap_u, texture.wrap_v) == (mode, REPEAT)


def test_base_color_factor_multiplies_linear_light(tmp_path):
    builder = GlbBuilder()
    builder.textured_material(np.full((1, 1, 3), 188, dtype=np.uint8))["baseColorFactor"] = [0.5, 1.0, 0.0, 1.0]
    builder.mesh(quad(builder))
    # 188 is 0.5029 linear; half of that is 0.2514, 137 in sRGB.
    assert load(builder, tmp_path).textures[0].texels.reshape(3).tolist() == [137, 188, 0]


def test_factor_alone_becomes_one_texel(tmp_path):
    builder = GlbBuilder()
    builder.material({"baseColorFactor": [0.5, 0.0, 1.0, 1.0]})
    builder.mesh(builder.primitive(material=0))
    assert load(builder, tmp_path).textures[0].texels.tolist() == [[[188, 0, 255]]]


def test_mesh_without_any_color_is_mid_gray(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    mesh = load(builder, tmp_path)
    assert mesh.textures[0].texels.tolist() == [[[128, 128, 128]]]
    assert (mesh.vertex_colors == 1).all()


@pytest.mark.parametrize("dtype", ["float32", "uint16", "uint8"])
@pytest.mark.parametrize("columns", [3, 4])
def test_vertex_colors_are_linear(tmp_path, dtype, columns):
    linear = np.linspace(0.0, 1.0, 4)[:, None].repeat(columns, axis=1)
    stored = linear.astype(dtype) if dtype == "float32" else np.round(linear * np.iinfo(dtype).max).astype(dtype)
    builder = GlbBuilder()
    if dtype == "uint8" and columns == 3:  # rows of three bytes are padded to four
        stored = stored.astype(np.uint16) * 257
    builder.mesh(builder.primitive(COLOR_0=builder.accessor(stored, normalized=stored.dtype.kind == "u")))
    mesh = load(builder, tmp_path)
    expected = np.array([0.0, 0.6124, 0.8361, 1.0])  # sRGB of 0, 1/3, 2/3, 1
    assert np.allclose(mesh.vertex_colors.numpy(), expected[:, None], atol=2e-3)
    assert mesh.textures[0].texels.tolist() == [[[255, 255, 255]]]


def test_node_transforms_chain_and_instances_share_a_texture(tmp_path):
    builder = GlbBuilder()
    builder.textured_material(CORNERS)
    builder.mesh(quad(builder))
    half = float(np.sqrt(0.5))
    builder.tree["nodes"] = [
        {"children": [1, 2], "translation": [10.0, 0.0, 0.0], "name": "world"},
        {"mesh": 0, "rotation": [0.0, 0.0, half, half], "scale": [2.0, 1.0, 1.0], "name": "world"},
        {"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1], "camera": 0},
    ]
    builder.tree["cameras"] = [{"type": "perspective", "perspective": {"yfov": 1.0, "znear": 0.1, "aspectRatio": 1.0}}]
    mesh = load(builder, tmp_path)
    expected = np.concatenate(
        [
            [[10 - y, 2 * x, 0] for x, y, _ in QUAD],  # scaled, then turned by 90 degrees about z, then moved
            [[10 + x, y, 5] for x, y, _ in QUAD],
        ]
    )
    assert np.allclose(np.sort(world(mesh), axis=0), np.sort(expected, axis=0), atol=1e-5)
    assert len(mesh.textures) == 1
    assert len(mesh.faces) == 4


def test_mirrored_node_keeps_triangles_facing_outwards(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    builder.tree["nodes"] = [{"mesh": 0, "scale": [-1.0, 1.0, 1.0]}]
    mesh = load(builder, tmp_path)
    corners = world(mesh)[mesh.faces.numpy()]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normals[:, 2] > 0).all()  # as in the file, where the quad faces +z; the mirror is across the yz plane
    assert world(mesh)[:, 0].min() == pytest.approx(-1.0)


def test_texture_transform_scales_then_rotates_counter_clockwise_then_moves(tmp_path):
    builder = GlbBuilder()
    transform = {"offset": [0.25, 0.5], "rotation": np.pi / 2, "scale": [2.0, 3.0]}
    builder.textured_material(CORNERS, extensions={"KHR_texture_transform": transform})
    builder.tree["extensionsRequired"] = ["KHR_texture_transform"]
    builder.mesh(quad(builder))
    mesh = load(builder, tmp_path)
    # u points right and v down, so counter-clockwise turns +u to -v and +v to +u.
    expected = [[3 * v + 0.25, -2 * u + 0.5] for u, v in QUAD_UV]
    assert np.allclose(mesh.uv.numpy(), expected, atol=1e-6)


def test_second_texture_coordinate_set_and_normalized_integers(tmp_path):
    builder = GlbBuilder()
    builder.textured_material(CORNERS, texCoord=1)
    wrong = builder.accessor(np.full((4, 2), 9, dtype=np.float32))
    right = builder.accessor((QUAD_UV * 65535).astype(np.uint16), normalized=True)
    builder.mesh(builder.primitive(material=0, TEXCOORD_0=wrong, TEXCOORD_1=right))
    assert np.allclose(load(builder, tmp_path).uv.numpy(), QUAD_UV)


def test_each_face_knows_its_material(tmp_path):
    builder = GlbBuilder()
    builder.textured_material(CORNERS)
    builder.material({"baseColorFactor": [1.0, 0.0, 0.0, 1.0]})
    points = builder.primitive(faces=None, mode=0)
    builder.mesh(points, quad(builder), builder.primitive(vertices=QUAD + np.float32(2), material=1))
    mesh = load(builder, tmp_path)
    reds = [tuple(mesh.textures[index].texels[0, 0].tolist()) for index in mesh.face_texture.tolist()]
    shapes = [tuple(mesh.textures[index].texels.shape) for index in mesh.face_texture.tolist()]
    assert reds == [(255, 0, 0)] * 4
    assert shapes == [(2, 2, 3)] * 2 + [(1, 1, 3)] * 2


def test_specular_glossiness_diffuse_is_the_base_color(tmp_path):
    builder = GlbBuilder()
    info = builder.textured_material(CORNERS).pop("baseColorTexture")
    glossy = {"diffuseTexture": info}
    builder.tree["materials"][0]["extensions"] = {"KHR_materials_pbrSpecularGlossiness": glossy}
    builder.mesh(quad(builder))
    assert np.array_equal(load(builder, tmp_path).textures[0].texels.numpy(), CORNERS)


@pytest.mark.parametrize("indexed", [True, False])
def test_triangle_strip(tmp_path, indexed):
    builder = GlbBuilder()
    strip = QUAD[[0, 1, 3, 2]]
    faces = np.arange(4, dtype=np.uint16) if indexed else None
    builder.mesh(builder.primitive(vertices=strip, faces=faces, mode=5))
    assert len(load(builder, tmp_path).faces) == 2


def test_strips_turn_every_other_triangle_over(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive(vertices=QUAD[[0, 1, 3, 2]], faces=None, mode=5))
    mesh = load(builder, tmp_path)
    corners = world(mesh)[mesh.faces.numpy()]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normals[:, 2] > 0).all()


def test_interleaved_attributes(tmp_path):
    builder = GlbBuilder()
    builder.textured_material(CORNERS)
    rows = np.concatenate([np.full((4, 1), 7), QUAD, QUAD_UV], axis=1).astype(np.float32)
    view = builder.view(rows.tobytes())
    builder.tree["bufferViews"][view]["byteStride"] = 24
    common = {"bufferView": view, "componentType": 5126, "count": 4}
    builder.tree["accessors"] += [
        {**common, "byteOffset": 4, "type": "VEC3"},
        {**common, "byteOffset": 16, "type": "VEC2"},
    ]
    primitive = builder.primitive(material=0)
    primitive["attributes"] = {"POSITION": 0, "TEXCOORD_0": 1}
    builder.mesh(primitive)
    mesh = load(builder, tmp_path)
    assert np.allclose(world(mesh), QUAD)
    assert np.array_equal(mesh.uv.numpy(), QUAD_UV)


@pytest.mark.parametrize("beside", [False, True])
def test_buffers_with_a_uri(tmp_path, beside):
    builder = quad_tree()
    content = bytes(builder.binary)
    (tmp_path / "its buffer.bin").write_bytes(content)
    embedded = f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"
    builder.tree["buffers"] = [{"byteLength": len(content), "uri": "its%20buffer.bin" if beside else embedded}]
    tree, builder.binary = builder.tree, bytearray()
    document = json.dumps(tree).encode()
    document += b" " * (-len(document) % 4)
    path = tmp_path / "built.glb"
    head = struct.pack("<4sIII4s", b"glTF", 2, 20 + len(document), len(document), b"JSON")
    path.write_bytes(head + document)
    assert len(load_mesh(path).faces) == 2


def test_accessors_without_a_view_are_zero(tmp_path):
    builder = GlbBuilder()
    builder.tree["accessors"].append({"componentType": 5121, "count": 4, "type": "VEC4", "normalized": True})
    builder.mesh(builder.primitive(COLOR_0=0))
    assert (load(builder, tmp_path).vertex_colors == 0).all()


def test_old_names_of_a_mesh_work_with_a_warning(tmp_path):
    mesh = load(quad_tree(), tmp_path)
    with pytest.warns(DeprecationWarning, match="TexturedMesh.centre is deprecated: use center"):
        assert mesh.centre is mesh.center
    with pytest.warns(DeprecationWarning, match="to_normalized"):
        assert mesh.to_normalised.__func__ is TexturedMesh.to_normalized


def test_unused_vertices_and_flat_triangles_do_not_count(tmp_path):
    builder = GlbBuilder()
    vertices = np.concatenate([QUAD, [[100, 100, 100], [np.nan, 0, 0]]]).astype(np.float32)
    faces = np.concatenate([QUAD_FACES, [[0, 4, 4]]]).astype(np.uint16)
    builder.mesh(builder.primitive(vertices=vertices, faces=faces))
    mesh = load(builder, tmp_path)
    assert len(mesh.faces) == 2
    assert len(mesh.vertices) == 4
    assert mesh.center.tolist() == [0.5, 0.5, 0.0]


def test_far_from_the_origin_by_a_node_keeps_its_shape(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    builder.tree["nodes"] = [{"mesh": 0, "translation": [1e9, -1e9, 0.0]}]
    mesh = load(builder, tmp_path)
    assert np.allclose(mesh.vertices.numpy() * np.sqrt(0.5), QUAD - [0.5, 0.5, 0.0], atol=1e-6)


def test_document_without_scenes_shows_its_root_nodes(tmp_path):
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    del builder.tree["scenes"], builder.tree["scene"]
    builder.tree["nodes"] = [{"children": [1]}, {"mesh": 0}]
    assert len(load(builder, tmp_path).faces) == 2
