"""PLY files: the same triangles and colors as other readers see them."""

from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.mesh import load_mesh
from tests.support.painted_object import (
    COLORS,
    FACES,
    UV,
    VERTICES,
    assert_shows_the_picture,
    colored,
    expected_triangles,
    triangles,
)


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
