"""Meshes in cloud storage, with the files that they name beside them, and only these."""

from __future__ import annotations

import io

import pytest
import trimesh
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.io import input_path
from camera_estimation.mesh import list_companions, load_mesh

OBJ = """mtllib a.mtl
v 0 0 0
v 1 0 0
v 0 1 0
vt 0 0
vt 1 0
vt 0 1
usemtl skin
f 1/1 2/2 3/3
"""


def png_bytes(color=(9, 99, 199)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(stream, "PNG")
    return stream.getvalue()


def put_obj(store, texture="textures/skin.png"):
    store.pipe("bucket/meshes/a.obj", OBJ.encode())
    store.pipe("bucket/meshes/a.mtl", f"newmtl skin\nmap_Kd {texture}\n".encode())
    return input_path("memory://bucket/meshes/a.obj")


def put_box(store, suffix: str) -> str:
    content = trimesh.creation.box().export(file_type=suffix)
    store.pipe(f"bucket/box.{suffix}", content.encode() if isinstance(content, str) else content)
    return f"memory://bucket/box.{suffix}"


def test_an_obj_with_its_material_and_texture(memory_store):
    path = put_obj(memory_store)
    memory_store.pipe("bucket/meshes/textures/skin.png", png_bytes())
    mesh = load_mesh(path)
    assert mesh.path == path
    assert mesh.textures[0].texels.shape == (4, 4, 3)
    assert [str(each) for each in list_companions(path)] == [
        "memory://bucket/meshes/a.mtl",
        "memory://bucket/meshes/textures/skin.png",
    ]


def test_a_gltf_with_its_buffer(memory_store):
    for name, content in trimesh.creation.box().export(file_type="gltf").items():
        memory_store.pipe(f"bucket/g/{name}", content)
    mesh = load_mesh("memory://bucket/g/model.gltf")
    assert len(mesh.faces) == 12


@pytest.mark.parametrize("suffix", ["glb", "ply", "stl", "off"])
def test_other_formats(memory_store, suffix):
    mesh = load_mesh(put_box(memory_store, suffix))
    assert len(mesh.faces) == 12
    assert str(mesh.path) == f"memory://bucket/box.{suffix}"


def test_a_usd_in_one_file(memory_store, tmp_path):
    usd = pytest.importorskip("pxr.Usd")
    geometry = pytest.importorskip("pxr.UsdGeom")
    stage = usd.Stage.CreateNew(str(tmp_path / "a.usdc"))
    mesh = geometry.Mesh.Define(stage, "/mesh")
    mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (0, 1, 0)])
    mesh.CreateFaceVertexCountsAttr([3])
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2])
    stage.Save()
    memory_store.pipe("bucket/a.usdc", (tmp_path / "a.usdc").read_bytes())
    assert len(load_mesh("memory://bucket/a.usdc").faces) == 1


def test_a_collada(memory_store):
    pytest.importorskip("collada")
    mesh = trimesh.creation.box()
    memory_store.pipe("bucket/d/a.dae", mesh.export(file_type="dae"))
    assert len(load_mesh("memory://bucket/d/a.dae").faces) == 12


@pytest.mark.parametrize("texture", ["../skin.png", "/etc/hostname", "../../other/skin.png"])
def test_what_lies_elsewhere_is_not_read(memory_store, texture):
    memory_store.pipe("bucket/skin.png", png_bytes())
    memory_store.pipe("other/skin.png", png_bytes())
    path = put_obj(memory_store, texture)
    assert [each.name for each in list_companions(path)] == ["a.mtl"]
    with pytest.raises(InputError, match=r"^memory://bucket/meshes/a\.mtl: its texture .* is missing"):
        load_mesh(path)


def test_no_mesh_names_storage_by_a_url(memory_store):
    memory_store.pipe("bucket/skin.png", png_bytes())
    with pytest.raises(InputError, match="is on the web"):
        load_mesh(put_obj(memory_store, "memory://bucket/skin.png"))


def test_a_texture_that_cannot_be_asked_for_is_not_told_as_missing(memory_store, monkeypatch):
    path = put_obj(memory_store)
    info = type(memory_store).info

    def fail_for_textures(self, place, **options):
        if place.endswith(".png"):
            raise ConnectionResetError("reset")
        return info(self, place, **options)

    monkeypatch.setattr(type(memory_store), "info", fail_for_textures)
    with pytest.raises(InputError, match="storage cannot be reached"):
        load_mesh(path)


def test_what_is_wrong_with_a_mesh_is_told_by_its_url(memory_store):
    memory_store.pipe("bucket/a.glb", b"")
    with pytest.raises(InputError, match=r"^memory://bucket/a\.glb: is empty"):
        load_mesh("memory://bucket/a.glb")
    with pytest.raises(InputError, match=r"^memory://bucket/b\.glb: no such file; check the path"):
        load_mesh("memory://bucket/b.glb")
    memory_store.pipe("bucket/c.ply", b"ply\nformat ascii 1.0\nelement vertex x\n")
    with pytest.raises(InputError, match=r"^memory://bucket/c\.ply: is damaged"):
        load_mesh("memory://bucket/c.ply")
