"""Nothing but the page, from this machine or with the token, gets anything; and that gets nothing but what it may."""

from __future__ import annotations

import re

import pytest

from camera_estimation.errors import InputError
from camera_estimation.web.access import is_loopback
from tests.support.studio_server import run_studio

pytestmark = pytest.mark.slow


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
def test_paths_lead_nowhere(server, place, path):
    answer = server.ask("GET", path)
    assert answer.status in (400, 404)
    assert (place / "given" / "secret.txt").read_bytes() not in answer.content
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


def test_requests_that_are_too_large_are_refused(server):
    assert server.ask("PUT", "/api/samples/1/pins", b"[" * 2_050_000).status == 413


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a": NaN}', b"[]", b"\xff\xfe", b'{"kind": [1]}'])
def test_requests_that_are_no_requests_are_told(server, body):
    answer = server.ask("POST", "/api/jobs", body)
    assert answer.status == 400
    assert "reload the page" in answer.error


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
