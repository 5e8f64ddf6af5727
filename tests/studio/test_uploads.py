"""What is dropped on the page is looked at before it is taken, and stays where it is put."""

from __future__ import annotations

import asyncio
import json
import struct
import zlib
from collections.abc import AsyncIterator

import pytest

from camera_estimation.errors import InputError
from camera_estimation.studio.shelf import uploads as uploads_module
from camera_estimation.studio.shelf.uploads import UploadShelf
from camera_estimation.web.upload_names import TooLargeError, safe_name
from tests.support.studio_server import StudioServer

pytestmark = pytest.mark.slow


def glb(tree: dict, binary: bytes = b"") -> bytes:
    text = json.dumps({"asset": {"version": "2.0"}, **tree}).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<2I", len(text), 0x4E4F534A) + text + struct.pack("<2I", len(binary), 0x4E4942) + binary
    return struct.pack("<3I", 0x46546C67, 2, 12 + len(chunks)) + chunks


def bomb(side: int) -> bytes:
    """A PNG that says that it is as large as that, with a row of what it would unpack."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(side + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def upload(server: StudioServer, name: str, content: bytes) -> str:
    answer = server.ask("PUT", f"/api/uploads?name={name}", content)
    assert answer.status == 400, answer.content
    assert "Traceback" not in answer.error
    return answer.error


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1000


def test_a_file_that_is_too_large_is_refused_before_it_comes(server):
    answer = server.ask("PUT", "/api/uploads?name=a.png", b"x", Content_Length=str(10**10))
    assert answer.status == 413
    assert "80 MB" in answer.error


def test_a_file_that_turns_out_too_large_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setitem(uploads_module.LIMITS, "picture", 5000)
    shelf = UploadShelf(tmp_path)
    with pytest.raises(TooLargeError, match="is larger than"):
        asyncio.run(shelf.receive("a.png", pieces(6), None))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert asyncio.run(shelf.receive("a.png", pieces(5), None)).path.stat().st_size == 5000


@pytest.mark.parametrize(
    ("side", "told"), [(12_000, "has 12000 x 12000 pixels"), (60_000, "bomb.png: has more pixels")]
)
def test_pictures_of_too_many_pixels_are_not_decoded(server, side, told):
    assert told in upload(server, "bomb.png", bomb(side))


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_textures_of_too_many_pixels_are_not_decoded(server, side):
    packed = bomb(side)
    views = [{"buffer": 0, "byteOffset": 0, "byteLength": len(packed)}]
    images = [{"bufferView": 0, "mimeType": "image/png"}]
    content = glb({"buffers": [{"byteLength": len(packed)}], "bufferViews": views, "images": images}, packed)
    assert "has textures of" in upload(server, "bomb.glb", content)


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_masks_of_too_many_pixels_are_not_decoded(server, side):
    answer = server.ask("PUT", "/api/samples/1/mask", bomb(side))
    assert answer.status == 400
    assert "is not of the picture's 48 x 40 pixels" in answer.error


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.glb", glb({"images": [{"uri": "/etc/passwd"}]}), "names another file (/etc/passwd)"),
        ("a.glb", glb({"buffers": [{"uri": "../../secret.bin", "byteLength": 4}]}), "names another file"),
        ("a.glb", glb({"accessors": [{"count": 10**12}]}), "says that it has 1000000000000 values"),
        ("a.glb", b"glTF", "is not a GLB file"),
        ("a.obj", b"mtllib ../../etc/passwd\nv 0 0 0\n", "names another file"),
        ("a.ply", b"ply\ncomment TextureFile /etc/passwd\nend_header\n", "names the file of its texture"),
        ("a.ply", b"ply\nelement vertex 99999999999\nend_header\n", "says that it has 99999999999 elements"),
        ("a.png", b"no picture", "a.png: is not an image that can be read"),
        ("a.exe", b"MZ", "is neither a mesh nor a picture"),
        ("a.gltf", b"{}", "is neither a mesh nor a picture"),
    ],
)
def test_files_that_may_not_be_taken_are_told(server, name, content, told):
    assert told in upload(server, name, content)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../evil.png", "evil.png"),
        ("..\\..\\evil.png", "evil.png"),
        ("/etc/passwd.png", "passwd.png"),
        (".hidden.PNG", "hidden.png"),
        ("-rf.png", "rf.png"),
        ("a b;c$(d).png", "a_b_c_d_.png"),
        ("x" * 300 + ".png", "x" * 80 + ".png"),
    ],
)
def test_names_become_names(name, safe):
    assert safe_name(name) == safe


def test_uploads_stay_in_their_folder(server, place):
    content = (place / "outside.png").read_bytes()
    answer = server.ask("PUT", "/api/uploads?name=..%2f..%2f..%2fevil.png", content)
    assert answer.status == 200
    found = list(place.rglob("evil.png"))
    assert len(found) == 1
    assert found[0].is_relative_to(server.output_dir / "inputs")


def test_files_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads_module, "MOST_UPLOADS", 2)
    shelf = UploadShelf(tmp_path)
    paths = {asyncio.run(shelf.receive("a.png", pieces(1), None)).path for _ in range(2)}
    assert len(paths) == 2
    with pytest.raises(InputError, match="2 files were dropped"):
        asyncio.run(shelf.receive("a.png", pieces(1), None))
