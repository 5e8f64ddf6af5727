"""Nothing but the page, from this machine or with the token, gets anything; and that gets nothing but what it may."""

from __future__ import annotations

import asyncio
import json
import os
import re
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from camera_estimation.errors import InputError
from camera_estimation.studio.shelf import uploads as uploads_module
from camera_estimation.studio.shelf.uploads import UploadShelf
from camera_estimation.web.access import is_loopback
from camera_estimation.web.upload_names import TooLargeError, safe_name
from tests.support.small_samples import write_box, write_disc
from tests.support.studio_server import StudioServer, run_studio

pytestmark = pytest.mark.slow

SECRET = b"nobody may read this"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder of a mesh and pictures, one of them a link out of it, beside a file that is not given."""
    folder = tmp_path_factory.mktemp("place")
    write_box(folder / "given" / "box.glb")
    write_disc(folder / "given" / "box_01.png")
    write_disc(folder / "outside.png")
    os.symlink(folder / "outside.png", folder / "given" / "box_02.png")
    (folder / "given" / "secret.txt").write_bytes(SECRET)
    return folder


@pytest.fixture(scope="module")
def server(place) -> Iterator[StudioServer]:
    with run_studio(place / "run", "--input_dir", str(place / "given")) as started:
        yield started


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


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2f..%2fserver.py",
        "/static/%2e%2e/%2e%2e/server.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/..%5c..%5cserver.py",
        "/static/__init__.py",
        "/../../../etc/passwd",
        "/api/samples/../../../etc/passwd",
        "/api/samples/1/..%2f..%2fsecret.txt",
        "/api/downloads/..%2f..%2fetc%2fpasswd",
        "/given/secret.txt",
    ],
)
def test_paths_lead_nowhere(server, path):
    answer = server.ask("GET", path)
    assert answer.status in (400, 404)
    assert SECRET not in answer.content
    assert b"root:" not in answer.content
    assert b"import" not in answer.content


@pytest.mark.parametrize("path", ["/api/downloads/1", "/api/samples/99/picture", "/api/samples/0"])
def test_numbers_of_nothing_are_told(server, path):
    answer = server.ask("GET", path)
    assert answer.status == 400
    assert answer.error


def test_links_that_lead_out_are_left_out(server, place):
    studio = server.ask("GET", "/api/studio").values
    assert [sample["image"] for sample in studio["samples"]] == ["box_01.png", "spot.png"]
    line = f"{place / 'given' / 'box_02.png'}: is a link that leads out of the folders that were given: left out"
    assert line in studio["remarks"]
    assert line in server.printed


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1:1", ""]
)
def test_other_names_of_this_machine_are_refused(server, host):
    answer = server.ask("GET", "/api/studio", Host=host.format(port=server.port))
    assert answer.status in (400, 403)
    assert b"samples" not in answer.content


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"X_Camera_Studio": ""},
        {"Origin": "http://evil.example", "Content_Type": "text/plain"},
    ],
)
def test_other_pages_change_nothing(server, headers):
    answer = server.ask("POST", "/api/jobs", {"kind": "estimate", "sample": 1}, **headers)
    assert answer.status == 403
    assert "another page" in answer.error
    assert server.ask("GET", "/api/studio").values["job"] is None


def test_the_page_itself_may(server):
    answer = server.ask("PUT", "/api/samples/1/box", {"box": None}, Origin=server.link.rstrip("/"), X_Camera_Studio="")
    assert answer.status == 200


def test_other_pages_do_not_embed(server):
    assert server.ask("GET", "/api/samples/1/picture", Sec_Fetch_Site="cross-site").status == 403
    headers = server.ask("GET", "/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_a_file_that_is_too_large_is_refused_before_it_comes(server):
    answer = server.ask("PUT", "/api/uploads?name=a.png", b"x", Content_Length=str(10**10))
    assert answer.status == 413
    assert "80 MB" in answer.error


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1000


def test_a_file_that_turns_out_too_large_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setitem(uploads_module.LIMITS, "picture", 5000)
    shelf = UploadShelf(tmp_path)
    with pytest.raises(TooLargeError, match="is larger than"):
        asyncio.run(shelf.receive("a.png", pieces(6), None))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert asyncio.run(shelf.receive("a.png", pieces(5), None)).path.stat().st_size == 5000


def test_requests_that_are_too_large_are_refused(server):
    assert server.ask("PUT", "/api/samples/1/pins", b"[" * 2_050_000).status == 413


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a": NaN}', b"[]", b"\xff\xfe", b'{"kind": [1]}'])
def test_requests_that_are_no_requests_are_told(server, body):
    answer = server.ask("POST", "/api/jobs", body)
    assert answer.status == 400
    assert "reload the page" in answer.error


def upload(server: StudioServer, name: str, content: bytes) -> str:
    answer = server.ask("PUT", f"/api/uploads?name={name}", content)
    assert answer.status == 400, answer.content
    assert "Traceback" not in answer.error
    return answer.error


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


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"presets": ["/etc/passwd"]}, "preset '/etc/passwd' is not known"),
        ({"model": "../default"}, "model '../default' is not known"),
        ({"changes": {"loss.file": "/tmp/evil.py"}}, "a file of objectives is Python that would be run"),
        ({"changes": {"segmenter": "sam2:/etc"}}, "is a folder of this machine"),
        ({"changes": {"camera.fov_deg": "wide"}}, "camera.fov_deg"),
        ({"changes": {"refinement.levels": "[{"}}, "is not written as TOML has it"),
        ({"changes": {"limits.outside_files": True}}, "has files of this machine read"),
        ({"changes": {"no.such": 1}}, "unknown setting"),
    ],
)
def test_settings_name_no_files(server, settings, told):
    answer = server.ask("POST", "/api/samples/1/command", {"settings": settings})
    assert answer.status == 400
    assert told in answer.error


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        ("export", {"format": "blender", "options": {"program": "/bin/sh"}}, "there is no result"),
        ("propose", {"segmenter": "sam2:/etc"}, "unknown segmenter"),
        ("propose", {"segmenter": "plain"}, None),
    ],
)
def test_work_names_no_files(server, kind, values, told):
    job = server.do(kind, sample=1, **values)
    assert told is None or told in job["sentence"]


def test_elsewhere_the_address_has_a_token(tmp_path):
    with run_studio(tmp_path, host="0.0.0.0") as server:
        found = re.search(r"\?token=([\w-]+)", server.printed)
        assert found
        assert len(found[1]) >= 32
        for path in ("/", "/api/studio", "/static/main.js", "/?token=wrong", "/api/studio?token="):
            answer = server.ask("GET", path)
            assert answer.status == 401
            assert "samples" not in answer.content.decode()
        assert server.ask("POST", f"/api/jobs?token={found[1]}", {"kind": "estimate"}).status == 401
        welcome = server.ask("GET", f"/?token={found[1]}")
        assert welcome.status == 303
        assert welcome.headers["location"] == "/"
        cookie = welcome.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert server.ask("GET", "/api/studio", Cookie=cookie.partition(";")[0]).status == 200
        answer = server.ask("POST", "/api/jobs", {}, Cookie=cookie.partition(";")[0], Origin="http://evil.example")
        assert answer.status == 403


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.0.1", True), ("0.0.0.0", False), ("::", False)],
)
def test_loopback(host, local):
    assert is_loopback(host) == local


def test_program_options_are_refused():
    from camera_estimation.studio.jobs.export_work import _check_options

    for options in ({"program": "sh"}, {"ids": "table.csv"}, {"pixels": "../x"}):
        with pytest.raises(InputError, match="means a file of this machine"):
            _check_options("format", options)


def test_files_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads_module, "MOST_UPLOADS", 2)
    shelf = UploadShelf(tmp_path)
    paths = {asyncio.run(shelf.receive("a.png", pieces(1), None)).path for _ in range(2)}
    assert len(paths) == 2
    with pytest.raises(InputError, match="2 files were dropped"):
        asyncio.run(shelf.receive("a.png", pieces(1), None))
