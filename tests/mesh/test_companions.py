from __future__ import annotations

import json

import pytest

from camera_estimation.mesh.companions import list_companions


def write_files(folder, **contents):
    for name, content in contents.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def names(folder, mesh):
    return [path.relative_to(folder).as_posix() for path in list_companions(folder / mesh)]


def test_materials_and_textures_of_an_obj_file(tmp_path):
    write_files(
        tmp_path,
        a_dot_obj="# mtllib no.mtl\nmtllib my materials.mtl\r\nmtllib lost.mtl\nv 0 0 0\n",
        maps__color_dot_png="",
        bump_dot_png="",
    )
    library = "newmtl a\n  map_Kd maps\\color.png\nMap_d -s 2 2 2 bump.png\nmap_Ks lost.png\nmap_Ke maps/color.png\n"
    (tmp_path / "my materials.mtl").write_text(library)
    assert names(tmp_path, "a.obj") == ["my materials.mtl", "maps/color.png", "bump.png"]


def test_buffers_and_images_of_a_gltf_file(tmp_path):
    images = [{"uri": "my%20color.png"}, {"bufferView": 0}, {"uri": "lost.png"}]
    tree = {"buffers": [{"uri": "a.bin"}, {"uri": "data:;base64,AA=="}], "images": images}
    write_files(tmp_path, a_dot_gltf=json.dumps(tree), a_dot_bin="")
    (tmp_path / "my color.png").write_text("")
    assert names(tmp_path, "a.gltf") == ["a.bin", "my color.png"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"images": [3]}', '{"buffers": 3}', '{"images": [{"uri": "a"}, 3]}']
)
def test_damaged_files_name_none(tmp_path, content):
    write_files(tmp_path, a_dot_gltf=content, a_dot_obj=content)
    assert names(tmp_path, "a.gltf") == names(tmp_path, "a.obj") == names(tmp_path, "missing.obj") == []
