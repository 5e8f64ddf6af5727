"""Base colors of glTF materials: extensions, pictures in and beside the file, emission."""

from __future__ import annotations

import base64
import io
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from camera_estimation.errors import InputError
from camera_estimation.mesh import TexturedMesh, load_mesh
from tests.support.glb_builder import QUAD_UV, GlbBuilder

CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], dtype=np.uint8)
BLOCKS = CORNERS.repeat(8, axis=0).repeat(8, axis=1)


def quad(builder: GlbBuilder, material: int = 0, **attributes) -> dict:
    return builder.primitive(material=material, TEXCOORD_0=builder.accessor(QUAD_UV), **attributes)


def load(builder: GlbBuilder, tmp_path) -> TexturedMesh:
    return load_mesh(builder.write(tmp_path / "built.glb"))


def texels(mesh: TexturedMesh) -> np.ndarray:
    return mesh.textures[0].texels.numpy()


def textured_file(**changes) -> GlbBuilder:
    builder = GlbBuilder()
    builder.textured_material(CORNERS)
    builder.mesh(quad(builder))
    builder.tree["materials"][0].update(changes)
    return builder


def encoded(form: str, **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(BLOCKS).save(stream, form, **options)
    return stream.getvalue()


def with_extension_picture(extension: str, content: bytes, fallback: bool) -> GlbBuilder:
    builder = textured_file()
    builder.tree["images"].append({"bufferView": builder.view(content), "mimeType": "image/other"})
    builder.tree["textures"][0]["extensions"] = {extension: {"source": 1}}
    if not fallback:
        del builder.tree["textures"][0]["source"]
    builder.tree["extensionsUsed"] = builder.tree["extensionsRequired"] = [extension]
    return builder


@pytest.mark.parametrize("fallback", [True, False])
@pytest.mark.parametrize(("extension", "form"), [("webp", "WEBP"), ("avif", "AVIF"), ("dds", "DDS")])
def test_pictures_in_other_formats(tmp_path, extension, form, fallback):
    if extension != "dds" and not features.check(extension):
        pytest.skip(f"Pillow without {form}")
    content = encoded(form, **{} if extension == "dds" else {"quality": 100})
    name = "MSFT_texture_dds" if extension == "dds" else f"EXT_texture_{extension}"
    mesh = load(with_extension_picture(name, content, fallback), tmp_path)
    assert texels(mesh).shape == (16, 16, 3)
    assert np.abs(texels(mesh)[4::8, 4::8].astype(int) - CORNERS).max() < 12
    assert mesh.remarks == ()


@pytest.mark.parametrize("codec", ["etc1s", "uastc"])
def test_basis_universal(tmp_path, codec):
    library = pytest.importorskip("alktx2")
    content = library.encode_bytes_to_ktx2(encoded("PNG"), mime="image/png", codec=codec, quality=100)
    mesh = load(with_extension_picture("KHR_texture_basisu", content, fallback=False), tmp_path)
    assert texels(mesh).shape == (16, 16, 3)
    assert np.abs(texels(mesh)[4::8, 4::8].astype(int) - CORNERS).max() < 12


def test_without_a_decoder_the_other_picture_or_the_factor_is_drawn_and_that_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "alktx2", None)
    content = b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(100)
    mesh = load(with_extension_picture("KHR_texture_basisu", content, fallback=True), tmp_path)
    assert np.array_equal(texels(mesh), CORNERS)
    why = "texture picture 1 is KTX2, which alktx2 decodes: pip install camera-estimation[meshes]; "
    assert mesh.remarks == (why + "its other picture is drawn",)
    builder = with_extension_picture("KHR_texture_basisu", content, fallback=False)
    builder.tree["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"] = [1, 0, 0, 1]
    mesh = load(builder, tmp_path)
    assert texels(mesh).tolist() == [[[255, 0, 0]]]
    assert mesh.remarks == (why + "its base color alone is drawn",)


def test_avif_that_pillow_cannot_read(tmp_path, monkeypatch):
    monkeypatch.setattr(features, "check", lambda name: name != "avif")
    content = b"\0\0\0\x20ftypavif" + bytes(40)
    mesh = load(with_extension_picture("EXT_texture_avif", content, fallback=True), tmp_path)
    assert "Pillow reads from version 11.3 on" in mesh.remarks[0]


def test_a_transform_may_name_other_texture_coordinates(tmp_path):
    builder = GlbBuilder()
    builder.textured_material(CORNERS, texCoord=0, extensions={"KHR_texture_transform": {"texCoord": 1}})
    right = builder.accessor(QUAD_UV * np.float32(0.5))
    builder.mesh(quad(builder, TEXCOORD_1=right))
    assert np.allclose(load(builder, tmp_path).uv.numpy(), 0.5 * QUAD_UV)


@pytest.mark.parametrize("base", [{}, {"baseColorFactor": [0, 0, 0, 1]}])
def test_emission_counts_where_the_base_color_is_black_or_absent(tmp_path, base):
    builder = textured_file(emissiveTexture={"index": 0}, emissiveFactor=[1, 1, 0], pbrMetallicRoughness=base)
    mesh = load(builder, tmp_path)
    assert np.array_equal(texels(mesh), CORNERS * np.array([1, 1, 0], dtype=np.uint8))
    assert mesh.remarks == ()


def test_emissive_strength(tmp_path):
    strength = {"KHR_materials_emissive_strength": {"emissiveStrength": 0.5}}
    builder = textured_file(emissiveFactor=[1, 0, 1], pbrMetallicRoughness={}, extensions=strength)
    assert texels(load(builder, tmp_path)).tolist() == [[[188, 0, 188]]]  # half of the light


def test_emission_over_a_base_color_is_told(tmp_path):
    mesh = load(textured_file(emissiveFactor=[1, 1, 1]), tmp_path)
    assert np.array_equal(texels(mesh), CORNERS)
    assert mesh.remarks == ("light that materials with a base color give off (emission) is left out",)


def name_texture(tmp_path: Path, uri: str) -> GlbBuilder:
    builder = textured_file()
    builder.tree["images"] = [{"uri": uri}]
    (tmp_path / "tex").mkdir(exist_ok=True)
    Image.fromarray(CORNERS).save(tmp_path / "tex" / "its color.png")
    return builder


@pytest.mark.parametrize(
    "uri", ["tex/its%20color.png", "tex/its color.png", "tex\\its color.png", ".\\tex\\its%20color.png"]
)
def test_pictures_beside_the_file(tmp_path, uri):
    mesh = load(name_texture(tmp_path, uri), tmp_path)
    assert np.array_equal(texels(mesh), CORNERS)
    assert mesh.remarks == ()


@pytest.mark.parametrize("uri", ["C:\\models\\a\\tex.png", "/home/someone/tex.png", "textures/tex.png"])
def test_a_picture_that_lies_elsewhere_is_taken_by_its_name_and_told(tmp_path, uri):
    builder = name_texture(tmp_path, uri)
    shutil.move(tmp_path / "tex" / "its color.png", tmp_path / "tex.png")
    mesh = load(builder, tmp_path)
    assert np.array_equal(texels(mesh), CORNERS)
    assert mesh.remarks == (f"its texture {uri} is taken from beside it",)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("tex/wall.jpg", r"its texture tex/wall\.jpg is missing; copy it there"),
        ("https://example.org/wall.jpg", r"its texture is on the web \(https://example\.org/wall\.jpg\); download it"),
    ],
)
def test_missing_pictures_are_named(tmp_path, uri, reason):
    with pytest.raises(InputError, match=reason):
        load(name_texture(tmp_path, uri), tmp_path)


@pytest.mark.parametrize("form", ["padded", "without padding", "with line breaks", "url-safe", "in per cent"])
def test_data_uris(tmp_path, form):
    builder = textured_file()
    content = encoded("PNG")
    text = base64.b64encode(content).decode()
    head = "data:image/png;base64,"
    if form == "without padding":
        text = text.rstrip("=")
    elif form == "with line breaks":
        text = "\n".join(text[start : start + 60] for start in range(0, len(text), 60))
    elif form == "url-safe":
        text = base64.urlsafe_b64encode(content).decode()
    elif form == "in per cent":
        head, text = "data:image/png,", "".join(f"%{byte:02x}" for byte in content)
    builder.tree["images"] = [{"uri": head + text}]
    assert np.array_equal(texels(load(builder, tmp_path)), BLOCKS)


def write_document(builder: GlbBuilder, path: Path, encoding: str = "utf-8") -> Path:
    """As .gltf with its buffer and picture beside it."""
    Image.fromarray(CORNERS).save(path.parent / "color.png")
    (path.parent / "its buffer.bin").write_bytes(bytes(builder.binary))
    buffers = [{"byteLength": len(builder.binary), "uri": "its%20buffer.bin"}]
    tree = {**builder.tree, "buffers": buffers, "images": [{"uri": "color.png"}]}
    path.write_text(json.dumps(tree, indent=1), encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_documents_with_files_beside_them(tmp_path, encoding):
    mesh = load_mesh(write_document(textured_file(), tmp_path / "built.gltf", encoding))
    again = load(textured_file(), tmp_path)
    assert np.array_equal(mesh.vertices, again.vertices)
    assert np.array_equal(texels(mesh), texels(again))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text[:-9], "is not valid JSON .*; copy it or export"),
        (lambda text: text.replace('"2.0"', '"1.0"'), "is glTF version 1.0"),
        (lambda text: text.replace('"asset"', '"something"'), "is not a glTF document"),
        (lambda text: text.replace("its%20buffer", "other"), r"its buffer other\.bin is missing"),
    ],
)
def test_broken_documents(tmp_path, change, reason):
    path = write_document(textured_file(), tmp_path / "built.gltf")
    path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=reason):
        load_mesh(path)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "I;16", "1"])
def test_modes_of_pictures(tmp_path, mode):
    builder = textured_file()
    gray = Image.fromarray(BLOCKS).convert("L")
    picture = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257) if mode == "I;16" else gray.convert(mode)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    builder.tree["images"][0]["bufferView"] = builder.view(stream.getvalue())
    expected = np.asarray(gray.convert("1").convert("L") if mode == "1" else gray)
    assert np.array_equal(texels(load(builder, tmp_path)), expected[..., None].repeat(3, axis=-1))
