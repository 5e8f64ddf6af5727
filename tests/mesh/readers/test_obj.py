"""OBJ files: the same triangles and colors as other readers see them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.mesh import load_mesh
from camera_estimation.rendering import create_renderer
from tests.support.painted_object import (
    COLORS,
    FACES,
    UV,
    VERTICES,
    assert_shows_the_picture,
    expected_triangles,
    triangles,
)
from tests.support.shapes import view_from


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
