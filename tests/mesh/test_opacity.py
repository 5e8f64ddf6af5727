"""Which triangles of a mesh with alpha are drawn, which are cut out, and which are left out."""

from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.mesh.gltf import mesh_glb
from tests.support.glb_builder import QUAD, QUAD_UV, GlbBuilder

LEFT_HALF = np.zeros((8, 8, 4), dtype=np.uint8)
LEFT_HALF[:, :4] = (200, 100, 50, 255)  # beside it is transparent black


def load(builder: GlbBuilder, tmp_path) -> TexturedMesh:
    return load_mesh(builder.write(tmp_path / "built.glb"))


def two_quads(alpha: dict, uv: np.ndarray = QUAD_UV, **attributes) -> GlbBuilder:
    """An opaque one and, five units beside it, one of a material with alpha."""
    builder = GlbBuilder()
    builder.material({"baseColorFactor": [1, 0, 0, 1]})
    builder.tree["materials"].append(alpha)
    named = {name: builder.accessor(values) for name, values in attributes.items()}
    other = builder.primitive(QUAD + np.float32(5), material=1, TEXCOORD_0=builder.accessor(uv), **named)
    builder.mesh(builder.primitive(material=0), other)
    return builder


def with_picture(builder: GlbBuilder, texels: np.ndarray, **material) -> GlbBuilder:
    builder.tree["textures"] = [{"source": builder.picture(texels)}]
    roughness = {"baseColorTexture": {"index": 0}, **material.pop("roughness", {})}
    builder.tree["materials"][1] = {"pbrMetallicRoughness": roughness, **material}
    return builder


NOT_DRAWN = "2 of its 4 triangles are transparent (alpha below the cut-off) and not drawn"


@pytest.mark.parametrize(
    ("mode", "alpha", "cutoff", "drawn"),
    [
        ("BLEND", 0.0, None, False),
        ("BLEND", 0.4, None, False),
        ("BLEND", 0.6, None, True),
        ("MASK", 0.4, None, False),
        ("MASK", 0.4, 0.3, True),
        ("MASK", 0.6, 0.7, False),
        ("OPAQUE", 0.0, None, True),
        (None, 0.0, None, True),
    ],
)
def test_factors(tmp_path, mode, alpha, cutoff, drawn):
    material = {"pbrMetallicRoughness": {"baseColorFactor": [0, 1, 0, alpha]}}
    material.update({"alphaMode": mode} if mode else {}, **({"alphaCutoff": cutoff} if cutoff else {}))
    mesh = load(two_quads(material), tmp_path)
    assert len(mesh.faces) == (4 if drawn else 2)
    assert mesh.radius == pytest.approx(np.sqrt(0.5) if not drawn else 0.5 * np.sqrt(36 + 36 + 25))
    assert mesh.remarks == (() if drawn else (NOT_DRAWN,))
    assert not mesh.has_cutouts
    assert mesh.vertex_opacity is None


@pytest.mark.parametrize(
    ("left", "right", "faces", "cut"), [(0.0, 0.3, 4, False), (0.2, 0.8, 4, True), (0.65, 0.9, 2, False)]
)
def test_triangles_by_the_texels_that_they_show(tmp_path, left, right, faces, cut):
    uv = QUAD_UV * np.float32([right - left, 1]) + np.float32([left, 0])
    mesh = load(with_picture(two_quads({}, uv), LEFT_HALF, alphaMode="MASK"), tmp_path)
    assert len(mesh.faces) == faces
    assert mesh.has_cutouts == cut
    if cut:
        texture = mesh.textures[1]
        assert np.array_equal(texture.opacity.numpy(), LEFT_HALF[..., 3])
        assert (texture.texels.numpy() == (200, 100, 50)).all()  # no black that filters could mix in


def test_texture_coordinates_outside_show_all_texels(tmp_path):
    uv = QUAD_UV * np.float32([0.3, 1]) + np.float32([1.65, 0])
    mesh = load(with_picture(two_quads({}, uv), LEFT_HALF, alphaMode="MASK"), tmp_path)
    assert mesh.has_cutouts


def test_the_factor_counts_with_the_texels(tmp_path):
    picture = np.full((2, 2, 4), 160, dtype=np.uint8)  # 0.63: below the cut-off times a factor of 0.7, above it alone
    for factor, faces in ((0.7, 2), (1.0, 4)):
        roughness = {"baseColorFactor": [1, 1, 1, factor]}
        mesh = load(with_picture(two_quads({}), picture, alphaMode="MASK", roughness=roughness), tmp_path)
        assert len(mesh.faces) == faces


@pytest.mark.parametrize(("alphas", "faces", "cut"), [((0, 0.2), 2, False), ((0, 1), 4, True), ((0.7, 1), 4, False)])
def test_alpha_of_vertices(tmp_path, alphas, faces, cut):
    colors = np.ones((4, 4), dtype=np.float32)
    colors[:, 3] = np.array(alphas, dtype=np.float32)[[0, 1, 1, 0]]
    mesh = load(two_quads({"alphaMode": "BLEND"}, COLOR_0=colors), tmp_path)
    assert len(mesh.faces) == faces
    assert mesh.has_cutouts == cut
    if cut:
        assert mesh.vertex_opacity.tolist() == [1, 1, 1, 1, 0, 1, 1, 0]


def test_a_mesh_that_is_all_transparent_is_drawn_opaque_and_that_is_told(tmp_path):
    builder = GlbBuilder()
    builder.material({"baseColorFactor": [1, 0, 0, 0]})
    builder.tree["materials"][0]["alphaMode"] = "BLEND"
    builder.mesh(builder.primitive(material=0))
    mesh = load(builder, tmp_path)
    assert len(mesh.faces) == 2
    assert mesh.remarks == ("all of it is more transparent than its cut-off: it is drawn opaque",)


def test_a_coat_of_a_transparent_picture_is_not_drawn(tmp_path):
    mesh = load(with_picture(two_quads({}), np.full((2, 2, 4), 26, dtype=np.uint8), alphaMode="BLEND"), tmp_path)
    assert mesh.remarks == (NOT_DRAWN,)
    assert len(mesh.faces) == 2


def test_emission_is_cut_out_by_the_base_color_texture(tmp_path):
    material = {"emissiveTexture": {"index": 0}, "emissiveFactor": [1, 1, 1], "alphaMode": "MASK"}
    builder = with_picture(two_quads({}), LEFT_HALF, roughness={"baseColorFactor": [0, 0, 0, 1]}, **material)
    mesh = load(builder, tmp_path)
    assert np.array_equal(mesh.textures[1].opacity.numpy(), LEFT_HALF[..., 3])


@pytest.mark.parametrize("vertices", [False, True])
def test_cut_outs_are_written_and_read_again(tmp_path, vertices):
    colors = np.ones((4, 4), dtype=np.float32)
    colors[:, 3] = [0.1, 1, 1, 0.1]
    extra = {"COLOR_0": colors} if vertices else {}
    mesh = load(with_picture(two_quads({}, **extra), LEFT_HALF, alphaMode="MASK", alphaCutoff=0.25), tmp_path)
    path = tmp_path / "again.glb"
    path.write_bytes(mesh_glb(mesh))
    again = load_mesh(path)
    assert again.textures[1].cutoff == mesh.textures[1].cutoff == 0.25
    assert np.array_equal(again.textures[1].opacity, mesh.textures[1].opacity)
    assert again.textures[0].opacity is None
    assert again.textures[0].cutoff == 0
    if vertices:
        assert np.allclose(again.vertex_opacity, mesh.vertex_opacity)
