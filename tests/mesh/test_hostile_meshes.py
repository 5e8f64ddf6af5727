"""Mesh files that claim too much, contain themselves, or name files that are not theirs."""

from __future__ import annotations

import json
import os
import re
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.mesh import _usd_trial, load_mesh
from camera_estimation.mesh._part_counts import count_paths
from camera_estimation.mesh.companions import list_companions
from camera_estimation.mesh.gltf.glb import pack_glb
from tests.support.glb_builder import QUAD, QUAD_FACES, QUAD_UV, GlbBuilder

TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl skin\nf 1/1 2/2 3/3\n"
STATUS = Path("/proc/self/status")
SOON = 20.0  # seconds, on a busy machine: what is refused is not tried


def quad_file() -> GlbBuilder:
    builder = GlbBuilder()
    attributes = {"POSITION": builder.accessor(QUAD), "TEXCOORD_0": builder.accessor(QUAD_UV)}
    builder.tree["meshes"] = [{"primitives": [{"attributes": attributes, "indices": builder.accessor(QUAD_FACES)}]}]
    return builder


def refusal(builder: GlbBuilder, folder: Path) -> str:
    builder.write(folder / "built.glb")
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        load_mesh(folder / "built.glb")
    assert time.monotonic() - start < SOON
    return str(caught.value)


def write_picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (9, 99, 199)).save(path)


def write_textured_obj(folder: Path, texture: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.obj").write_text("mtllib a.mtl\n" + TRIANGLE)
    (folder / "a.mtl").write_text(f"newmtl skin\nmap_Kd {texture}\n")
    return folder / "a.obj"


def write_textured_gltf(folder: Path, texture: str) -> Path:
    builder = quad_file()
    builder.tree["images"], builder.tree["textures"] = [{"uri": texture}], [{"source": 0}]
    builder.tree["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    builder.tree["meshes"][0]["primitives"][0]["material"] = 0
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.bin").write_bytes(bytes(builder.binary))
    tree = {**builder.tree, "buffers": [{"uri": "a.bin", "byteLength": len(builder.binary)}]}
    (folder / "a.gltf").write_text(json.dumps(tree))
    return folder / "a.gltf"


def test_counts_without_bytes_behind_them(tmp_path):
    builder = quad_file()
    builder.tree["accessors"][0] = {"componentType": 5126, "count": 2**40, "type": "VEC3"}
    assert "values in an accessor, more than limits.vertices" in refusal(builder, tmp_path)


@pytest.mark.parametrize(("key", "value"), [("byteOffset", -4), ("byteLength", 2**62), ("byteOffset", 2**62)])
def test_views_outside_of_their_buffer(tmp_path, key, value):
    builder = quad_file()
    builder.tree["bufferViews"][0][key] = value
    assert "a buffer view lies outside of its buffer" in refusal(builder, tmp_path)


def test_instances_by_the_billion(tmp_path):
    builder = quad_file()
    builder.tree["accessors"].append({"componentType": 5126, "count": 90_000_000, "type": "VEC3"})
    extension = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 3}}}
    builder.tree["nodes"] = [{"mesh": 0, "extensions": extension}]
    assert "has 90000000 nodes and instances, more than limits.nodes" in refusal(builder, tmp_path)


def test_nodes_in_a_circle_and_far_below_each_other(tmp_path, own_limits):
    builder = quad_file()
    builder.tree["nodes"] = [{"mesh": 0, "children": [1]}, {"children": [0]}]
    assert "nodes are their own ancestors" in refusal(builder, tmp_path)
    chain = [{"children": [number + 1]} for number in range(20_000)]
    builder.tree["nodes"] = [*chain, {"mesh": 0}]
    assert "limits.nesting = 500" in refusal(builder, tmp_path)
    own_limits(nodes=100)
    assert "has 20001 nodes and instances" in refusal(builder, tmp_path)


def test_a_long_chain_of_nodes_is_its_product(tmp_path):
    builder = quad_file()
    chain = [{"children": [number + 1], "translation": [0.5, 0.0, 0.0]} for number in range(400)]
    builder.tree["nodes"] = [*chain, {"mesh": 0}]
    builder.write(tmp_path / "built.glb")
    assert load_mesh(tmp_path / "built.glb").center.tolist() == [200.5, 0.5, 0.0]


def test_a_document_of_brackets(tmp_path):
    builder = quad_file()
    builder.tree["extras"] = "REPLACED"
    builder.write(tmp_path / "built.glb")
    tree = json.dumps({**builder.tree, "asset": {"version": "2.0"}}).replace('"REPLACED"', "[" * 900 + "]" * 900)
    (tmp_path / "built.gltf").write_text(tree)
    with pytest.raises(InputError, match=r"nested too deep|limits\.nesting"):
        load_mesh(tmp_path / "built.gltf")


@pytest.mark.parametrize("suffix", [".glb", ".gltf"])
def test_a_document_of_very_many_values_is_refused_before_it_is_parsed(tmp_path, own_limits, monkeypatch, suffix):
    """Fifty megabytes of empty lists took 1.4 GB."""
    tree = {"asset": {"version": "2.0"}, "extras": [[]] * 200}
    content = json.dumps(tree).encode()
    path = tmp_path / f"many{suffix}"
    path.write_bytes(pack_glb(tree, b"") if suffix == ".glb" else content)
    own_limits(scene_values=100)
    parsed: list[str] = []
    monkeypatch.setattr(json, "loads", parsed.append)
    told = rf"many{suffix}: has 204 values in its JSON, more than limits\.scene_values = 100; simplify its scene"
    with pytest.raises(InputError, match=told):
        load_mesh(path)
    assert (list_companions(path), parsed) == ((), [])


def test_faces_of_all_instances_count(tmp_path, own_limits):
    own_limits(faces=5)
    builder = quad_file()
    builder.tree["nodes"] = [{"mesh": 0} for _ in range(3)]
    builder.tree["scenes"] = [{"nodes": [0, 1, 2]}]
    assert "has 6 triangles, more than limits.faces = 5; simplify the mesh" in refusal(builder, tmp_path)


def test_a_polygon_of_many_corners_is_a_fan(tmp_path, own_limits):
    count = 200_000
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    lines = [f"v {x:.6f} {y:.6f} 0" for x, y in zip(np.cos(turn), np.sin(turn), strict=True)]
    path = tmp_path / "a.obj"
    path.write_text("\n".join(lines) + "\nf " + " ".join(map(str, range(1, count + 1))) + "\n")
    start = time.monotonic()
    assert len(load_mesh(path).faces) > count // 2  # without those whose corners were rounded into one line
    assert time.monotonic() - start < SOON
    own_limits(faces=1000)
    with pytest.raises(InputError, match=r"has 199998 triangles, more than limits\.faces = 1000"):
        load_mesh(path)


@pytest.mark.parametrize(
    ("count", "told"),
    [("4000000000", r"limits\.vertices"), ("90000000", "more than it has bytes"), ("-3", "an element of its header")],
)
def test_a_ply_header_that_claims_too_much(tmp_path, count, told):
    path = tmp_path / "a.ply"
    path.write_bytes(f"ply\nformat binary_little_endian 1.0\nelement vertex {count}\nproperty float x\n".encode())
    with path.open("ab") as stream:
        stream.write(b"property float y\nproperty float z\nend_header\n" + bytes(36))
    with pytest.raises(InputError, match=told):
        load_mesh(path)


@pytest.mark.parametrize("write", [write_textured_obj, write_textured_gltf])
def test_named_files_are_below_the_folder(tmp_path, own_limits, write):
    folder = tmp_path / "above" / "mesh"
    write_picture(folder / "textures" / "in.png")
    write_picture(tmp_path / "out.png")
    assert load_mesh(write(folder, "textures/in.png")).textures[0].texels.shape == (4, 4, 3)
    for name in ("../../out.png", (tmp_path / "out.png").as_posix(), f"file:///{tmp_path.as_posix()}/out.png"):
        with pytest.raises(InputError, match=r"(lies outside of the mesh's folder|is missing)"):
            load_mesh(write(folder, name))
    with pytest.raises(InputError, match="is on the web"):
        load_mesh(write(folder, "http://localhost:1/out.png"))
    with pytest.raises(InputError, match="is missing"):
        load_mesh(write(folder, "x" * 5000 + ".png"))
    own_limits(outside_files=True)
    assert load_mesh(write(folder, "../../out.png")).textures[0].texels.shape == (4, 4, 3)


def test_older_formats_may_name_the_folder_above(tmp_path):
    write_picture(tmp_path / "images" / "skin.png")
    assert load_mesh(write_textured_obj(tmp_path / "models", "../images/skin.png")).textures
    with pytest.raises(InputError, match="lies outside of the mesh's folder"):
        load_mesh(write_textured_gltf(tmp_path / "models", "../images/skin.png"))


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_lead_nowhere_else(tmp_path):
    write_picture(tmp_path / "secret" / "out.png")
    path = write_textured_gltf(tmp_path / "mesh", "skin.png")
    (tmp_path / "mesh" / "skin.png").symlink_to(tmp_path / "secret" / "out.png")
    with pytest.raises(InputError, match="lies outside of the mesh's folder"):
        load_mesh(path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_caches_link_all_files_of_a_mesh_to_one_folder(tmp_path):
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshot"
    written = write_textured_gltf(tmp_path / "made", "skin.png")
    write_picture(tmp_path / "made" / "skin.png")
    blobs.mkdir()
    snapshot.mkdir()
    for number, path in enumerate(sorted(written.parent.iterdir())):
        path.rename(blobs / str(number))
        (snapshot / path.name).symlink_to(blobs / str(number))
    assert load_mesh(snapshot / "a.gltf").textures[0].texels.shape == (4, 4, 3)


def write_3mf(path: Path, model: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", model)
    return path


def model_of(objects: str) -> str:
    corners = '<vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/><vertex x="0" y="1" z="0"/>'
    triangles = '<triangles><triangle v1="0" v2="1" v3="2"/></triangles>'
    mesh = f'<object id="0"><mesh><vertices>{corners}</vertices>{triangles}</mesh></object>'
    return (
        '<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'
        f'<resources>{mesh}{objects}</resources><build><item objectid="9"/></build></model>'
    )


def object_of(number: int, part: int, times: int) -> str:
    components = f'<component objectid="{part}"/>' * times
    return f'<object id="{number}"><components>{components}</components></object>'


def test_3mf_of_parts_of_parts(tmp_path):
    pytest.importorskip("lxml")
    pytest.importorskip("networkx")
    plain = write_3mf(tmp_path / "a.3mf", model_of(object_of(9, 0, 2)))
    assert len(load_mesh(plain).faces) >= 1
    laughs = "".join(object_of(number, number - 1, 10) for number in range(1, 10))
    with pytest.raises(InputError, match=r"nodes and instances, more than limits\.nodes"):
        load_mesh(write_3mf(tmp_path / "b.3mf", model_of(laughs)))
    with pytest.raises(InputError, match="contain themselves"):
        load_mesh(write_3mf(tmp_path / "c.3mf", model_of(object_of(9, 8, 1) + object_of(8, 9, 1))))
    entities = '<!DOCTYPE model [<!ENTITY a "aaaa">]>' + model_of(object_of(9, 0, 1))
    with pytest.raises(InputError, match="defines entities"):
        load_mesh(write_3mf(tmp_path / "d.3mf", entities))


def test_collada_that_names_other_files(tmp_path):
    pytest.importorskip("collada")
    path = tmp_path / "a.dae"
    path.write_text('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><COLLADA>&b;</COLLADA>')
    with pytest.raises(InputError, match="defines entities"):
        load_mesh(path)


def test_usd_of_files_elsewhere(tmp_path):
    pytest.importorskip("pxr")
    (tmp_path / "mesh").mkdir()
    other = '#usda 1.0\n(\n    defaultPrim = "A"\n)\ndef Mesh "A"\n{\n}\n'
    (tmp_path / "other.usda").write_text(other)
    path = tmp_path / "mesh" / "a.usda"
    path.write_text('#usda 1.0\ndef "B" (\n    references = @../other.usda@\n)\n{\n}\n')
    with pytest.raises(InputError, match=r"is composed of .*other\.usda, outside of its folder"):
        load_mesh(path)
    path.write_text("#usda 1.0\n" + 'def "A"\n{\n' * 5000 + "}\n" * 5000)
    with pytest.raises(InputError, match=r"limits\.nesting = 500"):
        load_mesh(path)


def test_a_usd_file_that_ends_the_process_that_reads_it(tmp_path, monkeypatch):
    pytest.importorskip("pxr")
    monkeypatch.setattr(_usd_trial, "PROGRAM", "import os; os.kill(os.getpid(), 11)")
    (tmp_path / "a.usdc").write_bytes(b"PXR-USDC" + bytes(100))
    with pytest.raises(InputError, match="ends a process that reads it; copy it or export"):
        load_mesh(tmp_path / "a.usdc")


@pytest.mark.skipif(not STATUS.exists(), reason="the system does not tell of a process's memory")
def test_a_usd_file_whose_length_of_something_is_gigabytes(tmp_path, monkeypatch):
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom

    path = tmp_path / "a.usdc"
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.Mesh.Define(stage, "/mesh")
    stage.Save()
    content = bytearray(path.read_bytes())
    section = content.index(b"STRINGS\0") + 16  # a section is its name, its start and its size, 16, 8 and 8 bytes
    start = int.from_bytes(content[section : section + 8], "little")
    content[start : start + 8] = (10**9).to_bytes(8, "little")
    path.write_bytes(content)
    told = tmp_path / "status.txt"
    tell = f"import atexit; atexit.register(lambda: open({str(told)!r}, 'w').write(open({str(STATUS)!r}).read())); "
    monkeypatch.setattr(_usd_trial, "PROGRAM", tell + _usd_trial.PROGRAM)
    with pytest.raises(InputError, match=r"a\.usdc: is not a whole USD file; copy it"):
        load_mesh(path)
    (peak,) = re.findall(r"VmHWM:\s*(\d+) kB", told.read_text())
    assert int(peak) < 1.5 * 2**20


def test_ways_through_parts_are_counted_without_walking_them():
    laughs = {str(number): [str(number + 1)] * 10 for number in range(100)}
    assert count_paths(laughs, "0") == sum(10**power for power in range(101))
    assert count_paths({}, "0") == 1
    with pytest.raises(ValueError, match="contain themselves"):
        count_paths({"0": ["1"], "1": ["2", "1"]}, "0")


@pytest.mark.parametrize("text", ['"{}"', "'{}'"])
def test_a_long_text_of_usd_takes_no_more_memory_than_its_length(text):
    from camera_estimation.mesh._usd_stage import USD_TEXTS

    stage = "#usda 1.0\nstring data = " + text.format("A" * 10**6) + "\n"
    tracemalloc.start()
    assert "A" not in USD_TEXTS.sub("", stage)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(stage)
