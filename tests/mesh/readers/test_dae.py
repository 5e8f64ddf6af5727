"""COLLADA files: the same triangles and colors as other readers see them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.mesh import load_mesh
from tests.support.painted_object import (
    FACES,
    UV,
    VERTICES,
    assert_shows_the_picture,
    expected_triangles,
    triangles,
)


def write_collada(
    folder: Path, image: str = "its color.png", up: str = "Z_UP", unit: float = 0.01, polygons: bool = False
) -> Path:
    collada = pytest.importorskip("collada")
    document = collada.Collada()
    document.assetInfo.upaxis, document.assetInfo.unitmeter, document.assetInfo.unitname = up, unit, "own"
    picture = collada.material.CImage("picture", image)
    surface = collada.material.Surface("surface", picture)
    sampler = collada.material.Sampler2D("sampler", surface)
    effect = collada.material.Effect(
        "effect", [surface, sampler], "lambert", diffuse=collada.material.Map(sampler, "UVSET0")
    )
    material = collada.material.Material("material", "painted", effect)
    document.images.append(picture)
    document.effects.append(effect)
    document.materials.append(material)
    positions = collada.source.FloatSource("positions", (VERTICES - [5, 0, 0]).reshape(-1), ("X", "Y", "Z"))
    coordinates = collada.source.FloatSource("coordinates", UV.reshape(-1), ("S", "T"))
    colors = collada.source.FloatSource("colors", np.ones(3), ("R", "G", "B"))
    geometry = collada.geometry.Geometry(document, "geometry", "thing", [positions, coordinates, colors])
    inputs = collada.source.InputList()
    inputs.addInput(0, "VERTEX", "#positions")
    inputs.addInput(1, "TEXCOORD", "#coordinates", set="0")
    if polygons:  # with a color of vertices
        inputs.addInput(2, "COLOR", "#colors")
        corners = np.concatenate([[0, 1, 2, 3], FACES[2:].reshape(-1)])
        indices = np.column_stack([corners, corners, 0 * corners]).reshape(-1)
        primitive = geometry.createPolylist(indices, np.array([4, 3, 3, 3, 3]), inputs, "painted")
    else:
        primitive = geometry.createTriangleSet(FACES.reshape(-1).repeat(2), inputs, "painted")
    geometry.primitives.append(primitive)
    document.geometries.append(geometry)
    bound = collada.scene.GeometryNode(geometry, [collada.scene.MaterialNode("painted", material, inputs=[])])
    node = collada.scene.Node("node", children=[bound], transforms=[collada.scene.TranslateTransform(5, 0, 0)])
    document.scene = collada.scene.Scene("scene", [node])
    document.scenes.append(document.scene)
    document.write(str(folder / "thing.dae"))
    return folder / "thing.dae"


@pytest.mark.usefixtures("picture")
def test_collada(tmp_path):
    mesh = load_mesh(write_collada(tmp_path))
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert_shows_the_picture(mesh)
    assert mesh.remarks == ("its up axis is Z and its unit is 0.01 m: the pose is in the file's own frame and unit",)
    assert load_mesh(write_collada(tmp_path, up="Y_UP", unit=1.0)).remarks == ()
    polygons = load_mesh(write_collada(tmp_path, polygons=True))
    assert np.array_equal(triangles(polygons), expected_triangles())
    assert_shows_the_picture(polygons)
    with pytest.raises(InputError, match=r"its texture wall\.png is missing"):
        load_mesh(write_collada(tmp_path, "wall.png"))


SKIN = """
<library_controllers><controller id="skin"><skin source="#geometry">
<bind_shape_matrix>1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1</bind_shape_matrix>
<source id="joints"><Name_array id="joint-names" count="1">hip</Name_array><technique_common>
<accessor source="#joint-names" count="1" stride="1"><param name="JOINT" type="name"/></accessor>
</technique_common></source>
<source id="binds"><float_array id="bind-values" count="16">1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1</float_array>
<technique_common><accessor source="#bind-values" count="1" stride="16">
<param name="TRANSFORM" type="float4x4"/></accessor>
</technique_common></source>
<source id="weights"><float_array id="weight-values" count="1">1</float_array>
<technique_common><accessor source="#weight-values" count="1" stride="1"><param name="WEIGHT" type="float"/>
</accessor></technique_common></source>
<joints><input semantic="JOINT" source="#joints"/><input semantic="INV_BIND_MATRIX" source="#binds"/></joints>
<vertex_weights count="5"><input semantic="JOINT" source="#joints" offset="0"/>
<input semantic="WEIGHT" source="#weights" offset="1"/><vcount>1 1 1 1 1</vcount><v>0 0 0 0 0 0 0 0 0 0</v>
</vertex_weights></skin></controller></library_controllers>
"""


@pytest.mark.usefixtures("picture")
def test_skins_of_collada(tmp_path):
    path = write_collada(tmp_path, up="Y_UP", unit=1.0)
    text = path.read_text().replace("<library_geometries>", SKIN + "<library_geometries>")
    text = text.replace('<instance_geometry url="#geometry">', '<instance_controller url="#skin">')
    path.write_text(text.replace("</instance_geometry>", "</instance_controller>"))
    mesh = load_mesh(path)
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert_shows_the_picture(mesh)
    assert mesh.remarks == ("its skinned meshes are drawn in the pose they were bound in",)
