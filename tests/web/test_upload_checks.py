"""What files say of themselves is looked at before anything in them is unpacked."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from camera_estimation.errors import InputError
from camera_estimation.web import TooLargeError, check_mesh, check_picture, link_of, safe_name, upload_checks
from tests.support.small_samples import write_box, write_disc


def glb(tree: dict[str, Any], binary: bytes = b"") -> bytes:
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<2I", len(text), 0x4E4F534A) + text + struct.pack("<2I", len(binary), 0x4E4942) + binary
    return struct.pack("<3I", 0x46546C67, 2, 12 + len(chunks)) + chunks


def check(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    check_mesh(folder / name, name)


def test_meshes_that_are_whole_are_taken(tmp_path):
    check_mesh(write_box(tmp_path / "box.glb"), "box.glb")
    check(tmp_path, "a.obj", b"# mtllib in a remark is none\nv 0 0 0\n")
    check(tmp_path, "a.ply", b"ply\nelement vertex 3\nend_header\n")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.glb", b"", "a.glb: is empty"),
        ("a.obj", b"", "a.obj: is empty"),
        ("a.glb", b"short", "a.glb: is not a GLB file"),
        ("a.glb", glb({"buffers": [{"uri": "/etc/passwd"}]}), r"names another file \(/etc/passwd\)"),
        ("a.glb", glb({"images": [{"uri": "http://a/b.png"}]}), r"names another file \(http://a/b.png\)"),
        ("a.obj", b"v 0 0 0\n \tMTLLIB ../../secret.mtl\nv 1 1 1", r"names another file \(MTLLIB ../../secret.mtl\)"),
        ("a.ply", b"ply\ncomment TextureFile a.png\nend_header\n", "names the file of its texture"),
    ],
)
def test_what_is_torn_or_names_other_files_is_refused(tmp_path, name, content, sentence):
    with pytest.raises(InputError, match=sentence):
        check(tmp_path, name, content)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.glb", glb({"accessors": [{"count": 70_000_000}]}), "says that it has 70000000 values"),
        ("a.glb", glb({"extras": "x" * 5000}), "has a document of 5016 bytes"),
        ("a.ply", b"ply\nelement vertex 70000000\nend_header\n", "says that it has 70000000 elements"),
    ],
)
def test_what_says_that_it_is_too_much_is_too_large(tmp_path, monkeypatch, name, content, sentence):
    monkeypatch.setattr(upload_checks, "MOST_DOCUMENT_BYTES", 5000)
    with pytest.raises(TooLargeError, match=sentence):
        check(tmp_path, name, content)


def test_a_document_of_very_many_values_is_refused_before_it_is_read(tmp_path, monkeypatch):
    """Fifty megabytes of empty lists take a gigabyte."""
    monkeypatch.setattr(upload_checks, "MOST_VALUES", 100)
    monkeypatch.setattr(upload_checks, "_check_document", lambda *_: None)
    check(tmp_path, "few.glb", glb({"nodes": [[]] * 90}))
    monkeypatch.setattr(upload_checks.json, "loads", None)
    with pytest.raises(TooLargeError, match=r"many\.glb: has a document of 121 values; simplify its scene"):
        check(tmp_path, "many.glb", glb({"nodes": [[]] * 119}))


def test_textures_count_by_what_their_headers_say(tmp_path, monkeypatch):
    picture = write_disc(tmp_path / "a.png", 48, 40).read_bytes()
    tree = {"images": [{"bufferView": 0}], "bufferViews": [{"byteOffset": 4, "byteLength": len(picture)}]}
    content = glb(tree, b"\0\0\0\0" + picture)
    check(tmp_path, "a.glb", content)
    monkeypatch.setattr(upload_checks, "MOST_PIXELS", 48 * 40 - 1)
    with pytest.raises(TooLargeError, match="has textures of 1920 pixels"):
        check(tmp_path, "a.glb", content)


def test_pictures_count_by_what_their_headers_say(tmp_path):
    path = write_disc(tmp_path / "a.png", 48, 40)
    assert check_picture(path, "a.png", 48 * 40) == (48, 40)
    with pytest.raises(TooLargeError, match=r"has 48 x 40 pixels, more than the 0\.001919 million"):
        check_picture(path, "a.png", 48 * 40 - 1)


def test_names_are_made_safe():
    assert safe_name("../../etc/pass wd") == "pass_wd"
    assert safe_name("C:\\a\\Photo.JPG") == "Photo.jpg"
    assert safe_name("") == "file"
    assert safe_name(".hidden") == "hidden"


def test_links_are_as_people_type_them():
    assert link_of("127.0.0.1", 80) == "http://127.0.0.1:80/"
    assert link_of("::1", 80) == "http://[::1]:80/"
