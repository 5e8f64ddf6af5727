"""One object in every format: the same triangles in the same places, with the same colors, as other readers see it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.mesh import TexturedMesh, load_mesh
from camera_estimation.rendering import create_renderer
from tests.support.shapes import view_from

# Each quarter of the picture has a color: first row red, green; second row blue, white.
PICTURE = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], dtype=np.uint8)
PICTURE = PICTURE.repeat(32, axis=0).repeat(32, axis=1)
# A tetrahedron over a square in the xy plane that shows the picture upright.
VERTICES = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [1, 1, -1]], dtype=float)
UV = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]])  # v up
FACES = np.array([[0, 1, 2], [0, 2, 3], [1, 0, 4], [2, 1, 4], [3, 2, 4], [0, 3, 4]])
COLORS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [9, 9, 9]], dtype=np.uint8)
CORNERS = {"red": (24, 24), "green": (72, 24), "blue": (24, 72), "white": (72, 72)}  # x, y of a view of 96 pixels
RGB = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1)}


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "its color.png"
    Image.fromarray(PICTURE).save(path)
    return path


def triangles(mesh: TexturedMesh) -> np.ndarray:
    """Corners of all triangles in world coordinates, in an order of their own."""
    world = mesh.center.numpy() + mesh.radius * mesh.vertices.double().numpy()
    return np.array(sorted(np.round(world[mesh.faces.numpy()], 4).reshape(-1, 9).tolist()))


def expected_triangles(faces=FACES, vertices=VERTICES) -> np.ndarray:
    return np.array(sorted(np.round(vertices[faces], 4).reshape(-1, 9).tolist()))


def assert_shows_the_picture(mesh: TexturedMesh) -> None:
    """From the front the four corners of the square have the colors of the picture's quarters."""
    image = create_renderer(mesh).render(view_from((0, 0, 1), distance=3.2, size=96)).image[0]
    for color, (x, y) in CORNERS.items():
        assert image[:, y, x].tolist() == pytest.approx(RGB[color], abs=0.02), color


def obj_text(material: str = "thing.mtl", index: str = "{0}/{0}") -> str:
    lines = [f"mtllib {material}", "o thing"]
    lines += [f"v {x} {y} {z}" for x, y, z in VERTICES] + [f"vt {u} {v}" for u, v in UV] + ["usemtl painted"]
    return "\n".join(lines + ["f " + " ".join(index.format(corner + 1) for corner in face) for face in FACES]) + "\n"


def write_obj(folder: Path, material: str = "map_Kd its color.png", **options) -> Path:
    (folder / "thing.mtl").write_text(f"newmtl other\nKd 0 1 0\nnewmtl painted\nKd 1 1 1\n{material}\n")
    (folder / "thing.obj").write_text(obj_text(**options))
    return folder / "thing.obj"


MAP_LINES = [
    "map_Kd its color.png",
    "map_Kd .\\its color.png",
    "map_Kd -s 1 1 1 -o 0 0 0 -clamp on its color.png",
    "Kd 0 0 0\nmap_Kd C:\\a\\its color.png",
    "\tmap_Kd\tits color.png",
]


@pytest.mark.usefixtures("picture")
@pytest.mark.parametrize("line", MAP_LINES)
def test_obj_with_a_texture(tmp_path, line):
    mesh = load_mesh(write_obj(tmp_path, line))
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert_shows_the_picture(mesh)


@pytest.mark.usefixtures("picture")
@pytest.mark.parametrize("index", ["{0}/{0}/1", "{0}/{0}"])
def test_obj_beside_trimesh(tmp_path, index):
    path = write_obj(tmp_path, index=index)
    path.write_text(path.read_text() + "vn 0 0 1\n")
    ours, theirs = load_mesh(path), trimesh.load_mesh(path, process=False)
    assert np.array_equal(triangles(ours), expected_triangles(theirs.faces, theirs.vertices))


@pytest.mark.parametrize(
    "faces",
    [
        "f -5 -4 -3\nf -5 -3 -2",
        "f 1 2 3 4",
        "f 1//1 2//1 3//1 4//1",
        "f 1 2 \\\n 3 4",
        "f 1// 2//1 3 4",
        "s off\ng a b\nf 1 2 3\n#comment\n\nf 1 3 4",
    ],
)
def test_obj_indices_and_polygons(tmp_path, faces):
    vertices = "".join(f"v {x} {y} {z}\n" for x, y, z in VERTICES)
    (tmp_path / "thing.obj").write_text(f"{vertices}vn 0 0 1\n{faces}\n")
    assert np.array_equal(triangles(load_mesh(tmp_path / "thing.obj")), expected_triangles(FACES[:2]))


def test_obj_relative_indices_count_from_where_they_stand(tmp_path):
    rows = [f"v {x} {y} {z}" for x, y, z in VERTICES]
    text = "\n".join([*rows[:3], "f -3 -2 -1", *rows[3:], "f 1 3 -2"])
    (tmp_path / "thing.obj").write_text(text)
    assert np.array_equal(triangles(load_mesh(tmp_path / "thing.obj")), expected_triangles(FACES[:2]))


def test_obj_colors_of_materials_and_vertices(tmp_path):
    path = write_obj(tmp_path, "Kd 0.2 0.4 0.6")
    assert load_mesh(path).textures[0].texels.tolist() == [[[51, 102, 153]]]
    rows = ["v " + " ".join(map(str, row)) for row in np.column_stack([VERTICES, COLORS / 255])]
    faces = [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in FACES]
    path.write_text("\n".join(rows + faces))
    assert np.allclose(load_mesh(path).vertex_colors.numpy() * 255, COLORS, atol=1e-3)


@pytest.mark.usefixtures("picture")
def test_obj_opacity(tmp_path):
    half = np.zeros((64, 64), dtype=np.uint8)
    half[:, :32] = 255
    Image.fromarray(half).save(tmp_path / "alpha.png")
    mesh = load_mesh(write_obj(tmp_path, "map_Kd its color.png\nmap_d alpha.png"))
    image = create_renderer(mesh).render(view_from((0, 0, 1), distance=3.2, size=96)).image[0]
    assert image[:, 24, 24].tolist() == pytest.approx([1, 0, 0], abs=0.02)
    assert mesh.has_cutouts
    for line in ("d 0.2", "Tr 0.8"):
        assert "drawn opaque" in load_mesh(write_obj(tmp_path, line)).remarks[0]


def test_what_obj_files_lack_is_told(tmp_path):
    path = write_obj(tmp_path, "map_Kd wall.jpg")
    with pytest.raises(InputError, match=r"thing\.mtl: its texture wall\.jpg is missing; copy it there"):
        load_mesh(path)
    (tmp_path / "wall.jpg").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"its texture wall\.jpg cannot be read"):
        load_mesh(path)
    (tmp_path / "thing.mtl").unlink()
    path.write_text(path.read_text() + "l 1 2\n")
    assert load_mesh(path).remarks == (
        "its lines are left out",
        "its material library thing.mtl is missing",
        "its material painted is in no material library: it is drawn gray",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v 0 0 0\nv 1 0 0\nf 1 2 9\n", "a face names vertex 9 of 2"),
        ("v 0 0 0\nv 1 0 0\nv 1 1 0\nvt 0 0\nf 1/1 2/2 3/1\n", "texture coordinate 2 of 1"),
        ("v 0 0 0\nf 1 2 x\n", "has a face whose indices are not whole numbers"),
        ("v 0 0 zero\nf 1 1 1\n", "is damaged"),
        ("v 0 0 0\n", "shows no triangles"),
        ("# nothing", "shows no triangles"),
    ],
)
def test_broken_obj_files(tmp_path, text, reason):
    (tmp_path / "thing.obj").write_text(text)
    with pytest.raises(InputError, match=reason):
        load_mesh(tmp_path / "thing.obj")


def colored(kind: str) -> trimesh.Trimesh:
    mesh = trimesh.Trimesh(VERTICES, FACES, process=False)
    if kind == "vertex":
        mesh.visual.vertex_colors = np.column_stack([COLORS, np.full(5, 255, np.uint8)])
    elif kind == "face":
        red = np.arange(6, dtype=np.uint8) * 40
        mesh.visual.face_colors = np.column_stack([red, 0 * red, 0 * red, 0 * red + 255])
    return mesh


@pytest.mark.parametrize("encoding", ["binary", "ascii"])
@pytest.mark.parametrize("kind", ["vertex", "face", "none"])
def test_ply_colors(tmp_path, kind, encoding):
    path = tmp_path / "thing.ply"
    colored(kind).export(path, encoding=encoding)
    mesh = load_mesh(path)
    assert np.array_equal(triangles(mesh), expected_triangles())
    if kind == "vertex":
        assert np.allclose(mesh.vertex_colors.numpy() * 255, COLORS, atol=1e-3)
    elif kind == "face":
        assert np.allclose(mesh.vertex_colors.numpy()[:, 0] * 255, np.repeat(np.arange(6) * 40, 3), atol=1e-3)
    else:
        assert mesh.textures[0].texels.tolist() == [[[128, 128, 128]]]


def ply_text(names: list[str]) -> str:
    head = ["ply", "format ascii 1.0", *(f"comment TextureFile {name}" for name in names), "element vertex 5"]
    head += [f"property float {name}" for name in ("x", "y", "z", "s", "t")]
    head += ["element face 6", "property list uchar int vertex_indices", "end_header"]
    rows = [" ".join(map(str, [*vertex, *uv])) for vertex, uv in zip(VERTICES, UV, strict=True)]
    return "\n".join(head + rows + ["3 " + " ".join(map(str, face)) for face in FACES]) + "\n"


@pytest.mark.parametrize("kind", ["uchar", "float"])
def test_ply_colors_beside_texture_coordinates_as_blender_writes_them(tmp_path, kind):
    lines = ply_text([]).splitlines()
    place = lines.index("element face 6")
    lines[place:place] = [f"property {kind} {name}" for name in ("red", "green", "blue")]
    start = lines.index("end_header") + 1
    for number, color in enumerate(COLORS):
        lines[start + number] += " " + " ".join(map(str, color if kind == "uchar" else color / 255))
    (tmp_path / "thing.ply").write_text("\n".join(lines))
    mesh = load_mesh(tmp_path / "thing.ply")
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert np.allclose(mesh.vertex_colors.numpy() * 255, COLORS, atol=1e-3)


@pytest.mark.usefixtures("picture")
def test_ply_texture(tmp_path):
    path = tmp_path / "thing.ply"
    path.write_text(ply_text(["its color.png"]))
    mesh = load_mesh(path)
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert_shows_the_picture(mesh)
    path.write_text(ply_text(["its color.png", "other.png"]))
    assert load_mesh(path).remarks == ("of its textures its color.png, other.png only the first is drawn, everywhere",)
    path.write_text(ply_text(["wall.png"]))
    with pytest.raises(InputError, match=r"its texture wall\.png is missing"):
        load_mesh(path)


@pytest.mark.parametrize(("suffix", "options"), [("stl", {}), ("stl", {"file_type": "stl_ascii"}), ("off", {})])
def test_formats_without_colors(tmp_path, suffix, options):
    path = tmp_path / f"thing.{suffix}"
    colored("none").export(path, **options)
    mesh = load_mesh(path)
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert mesh.textures[0].texels.tolist() == [[[128, 128, 128]]]


def test_colors_of_off_files_are_told(tmp_path):
    rows = [" ".join(map(str, [*vertex, *color, 255])) for vertex, color in zip(VERTICES, COLORS, strict=True)]
    faces = ["3 " + " ".join(map(str, face)) for face in FACES]
    (tmp_path / "thing.off").write_text("\n".join(["COFF", "5 6 0", *rows, *faces]))
    mesh = load_mesh(tmp_path / "thing.off")
    assert len(mesh.faces) == 6
    assert mesh.remarks == ("its colors are left out: export it as PLY to keep them",)


def test_3mf(tmp_path):
    pytest.importorskip("lxml")
    pytest.importorskip("networkx")
    colored("none").export(tmp_path / "thing.3mf")
    assert np.array_equal(triangles(load_mesh(tmp_path / "thing.3mf")), expected_triangles())


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


STAGE = """#usda 1.0
(
    metersPerUnit = 0.01
    upAxis = "Z"
)
def Xform "World"
{{
    double3 xformOp:translate = (5, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Mesh "Thing" (prepend apiSchemas = ["MaterialBindingAPI"])
    {{
        int[] faceVertexCounts = [4, 3, 3, 3, 3]
        int[] faceVertexIndices = [0, 1, 2, 3, 1, 0, 4, 2, 1, 4, 3, 2, 4, 0, 3, 4]
        point3f[] points = [(-5, 0, 0), (-3, 0, 0), (-3, 2, 0), (-5, 2, 0), (-4, 1, -1)]
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0.5)] ( interpolation = "vertex" )
        color3f[] primvars:displayColor = [(0, 0, 1)]
        {bound}
    }}
    def Mesh "Helper" {{
        token visibility = "invisible"
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points = [(0, 0, 0), (90, 0, 0), (90, 90, 0)]
    }}
    def Sphere "Ball" {{ }}
    def Material "Painted"
    {{
        token outputs:surface.connect = </World/Painted/Surface.outputs:surface>
        def Shader "Surface"
        {{
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </World/Painted/Texture.outputs:rgb>
            token outputs:surface
        }}
        def Shader "Texture"
        {{
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @{image}@
            float2 inputs:st.connect = </World/Painted/Reader.outputs:result>
            token inputs:wrapS = "clamp"
            float3 outputs:rgb
        }}
        def Shader "Reader"
        {{
            uniform token info:id = "UsdPrimvarReader_float2"
            string inputs:varname = "st"
            float2 outputs:result
        }}
    }}
}}
"""
BOUND = "rel material:binding = </World/Painted>"
USD_REMARKS = (
    "its up axis is Z and its unit is 0.01 m: the pose is in the file's own frame and unit",
    "its Sphere /World/Ball is left out: only meshes are drawn",
)


def write_stage(folder: Path, bound: str = BOUND, image: str = "./color.png") -> Path:
    Image.fromarray(PICTURE).save(folder / "color.png")
    (folder / "thing.usda").write_text(STAGE.format(bound=bound, image=image))
    return folder / "thing.usda"


@pytest.mark.parametrize("packed", [False, True])
def test_usd(tmp_path, packed):
    pytest.importorskip("pxr")
    path = write_stage(tmp_path)
    if packed:
        from pxr import UsdUtils

        path = tmp_path / "thing.usdz"
        assert UsdUtils.CreateNewUsdzPackage(str(tmp_path / "thing.usda"), str(path))
        (tmp_path / "color.png").unlink()
    mesh = load_mesh(path)
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert mesh.textures[0].wrap_u == 2
    assert_shows_the_picture(mesh)
    assert mesh.remarks == USD_REMARKS


def test_usd_without_a_material_has_its_display_color(tmp_path):
    pytest.importorskip("pxr")
    mesh = load_mesh(write_stage(tmp_path, bound=""))
    assert torch.allclose(mesh.vertex_colors, torch.tensor([0.0, 0.0, 1.0]))


def test_broken_usd(tmp_path, capfd):
    pytest.importorskip("pxr")
    with pytest.raises(InputError, match=r"its texture \./wall\.png is missing"):
        load_mesh(write_stage(tmp_path, image="./wall.png"))
    (tmp_path / "thing.usdz").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="is not a whole USD file"):
        load_mesh(tmp_path / "thing.usdz")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("suffix", "module", "command"),
    [
        (".dae", "collada", r"pip install camera-estimation\[meshes\]"),
        (".3mf", "lxml", r"pip install camera-estimation\[meshes\]"),
        (".usdz", "pxr", r"pip install camera-estimation\[usd\]"),
    ],
)
def test_libraries_that_are_not_installed_are_one_line(tmp_path, monkeypatch, suffix, module, command):
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / f"thing{suffix}").write_bytes(b"something")
    with pytest.raises(InputError, match=command):
        load_mesh(tmp_path / f"thing{suffix}")


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".stl", ".off", ".3mf", ".dae", ".usda"])
def test_missing_and_broken_files_of_every_format(tmp_path, suffix, capfd):
    with pytest.raises(InputError, match="no such file; check the path"):
        load_mesh(tmp_path / f"none{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        load_mesh(tmp_path / f"folder{suffix}")
    (tmp_path / f"empty{suffix}").touch()
    with pytest.raises(InputError, match="empty"):
        load_mesh(tmp_path / f"empty{suffix}")
    (tmp_path / f"wrong{suffix}").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=rf"wrong\{suffix}: ") as caught:
        load_mesh(tmp_path / f"wrong{suffix}")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
