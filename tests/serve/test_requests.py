"""What is asked for reaches the worker; what is not taken is refused with a sentence and a status; nothing stays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serving import BOUNDARY, Serving, form_of, serve_pretended
from tests.support.small_samples import write_disc

LIMITS = {"mesh_bytes": 20_000, "picture_bytes": 10_000, "pixels": 5000, "waiting": 4, "pause_seconds": 0.5}


@pytest.fixture
def served(tmp_path) -> Iterator[Serving]:
    with serve_pretended(tmp_path / "own", **LIMITS) as serving:
        yield serving


def left_over(served: Serving) -> list[Path]:
    return [path for path in (served.folder / "requests").rglob("*") if path.is_file()]


def test_an_estimate_reaches_the_worker_with_all_that_was_sent(served, files):
    sent = {
        **files,
        "mask": ("its mask.png", files["picture"][1]),
        "name": "mine",
        "focal_length": "900",
        "preset": ["fast", "accurate"],
        "settings": '{"camera": {"fov_deg": 50}}',
    }
    answer = served.client.post("/estimates", sent)
    assert answer.status == 200
    assert answer.values["state"] == "done"
    assert answer.values["pose"] == {"name": "mine"}
    (task,) = served.worker.tasks
    assert task["config"]["camera"]["fov_deg"] == 50
    assert task["focal_length"] == 900
    assert task["names"] == {"mesh": "box.glb", "picture": "photo.png", "mask": "its_mask.png", "sample": "mine"}
    assert task["mesh_id"] == hashlib.sha256(files["mesh"][1]).hexdigest()
    assert left_over(served) == []


def test_a_mesh_is_sent_once_and_named_by_its_content_then(served, files):
    number = hashlib.sha256(files["mesh"][1]).hexdigest()
    assert served.client.ask("GET", f"/meshes/{number}").status == 404
    assert served.client.post("/meshes", {"mesh": files["mesh"]}).status == 201
    assert served.client.ask("GET", f"/meshes/{number}").values["name"] == "box.glb"
    answer = served.client.post("/estimates", {"mesh_id": number, "picture": files["picture"]})
    assert answer.status == 200
    prepared, estimated = served.worker.tasks
    assert prepared["kind"] == "prepare"
    assert estimated["mesh"] == prepared["mesh"]
    assert served.client.ask("DELETE", f"/meshes/{number}").status == 200
    again = served.client.post("/estimates", {"mesh_id": number, "picture": files["picture"]})
    assert (again.status, again.error) == (404, f"there is no mesh {number} here any more; send the mesh itself")


def test_a_mesh_that_cannot_be_used_is_not_kept(served, files):
    served.worker.answers = [{"problem": "box.glb: is damaged", "status": 422, "unusable_mesh": True}]
    answer = served.client.post("/meshes", {"mesh": files["mesh"]})
    assert (answer.status, answer.error) == (422, "box.glb: is damaged")
    assert len(served.state.shelf) == 0


@pytest.mark.parametrize(("form", "render"), [("link", None), ("base64", "iVBORyBvZiBhIHJlbmRlcg==")])
def test_a_render_is_fetched_or_in_the_answer(served, files, form, render):
    values = served.client.post("/estimates", {**files, "render": form}).values
    assert values["render"] == (render or f"/jobs/{values['id']}/render.png")
    fetched = served.client.ask("GET", f"/jobs/{values['id']}/render.png")
    assert fetched.status == (200 if form == "link" else 404)
    if form == "link":
        assert fetched.content == b"\x89PNG of a render"
        assert fetched.headers["content-type"] == "image/png"
        served.client.ask("DELETE", f"/jobs/{values['id']}")
    assert left_over(served) == []


REFUSED = {
    "no mesh": ({"mesh": None}, 400, "send a file as 'mesh', or as 'mesh_id'"),
    "both": ({"mesh_id": "0" * 64}, 400, "send a file as 'mesh', or as 'mesh_id'"),
    "no picture": ({"picture": None}, 400, "the form has no file 'picture'"),
    "another field": ({"pictures": "x"}, 400, "there is no field 'pictures'; fields are mesh, picture, mask"),
    "a field twice": ({"name": ["a", "b"]}, 400, "'name' is there twice"),
    "no text": ({"name": [("a", b"\xff\xfe")]}, 400, "'name' is no text in UTF-8"),
    "name": ({"name": "../other"}, 422, "name: leads to another folder"),
    "name with codes": ({"name": "a\0b"}, 422, "name: leads to another folder or has control characters"),
    "render": ({"render": "yes"}, 400, "render 'yes' is not known; choose none, link, base64"),
    "two cameras": ({"focal_length": "9", "intrinsics": "{}"}, 400, "send intrinsics or focal_length, not both"),
    "focal length": ({"focal_length": "-3"}, 422, "focal_length '-3' is no positive number"),
    "no JSON": ({"settings": "{"}, 422, "settings: is not JSON"),
    "a list": ({"settings": "[]"}, 422, "settings: is no object"),
    "infinity": ({"settings": '{"camera": {"fov_deg": Infinity}}'}, 422, "settings: is not JSON"),
    "unknown setting": ({"settings": '{"camera": {"fov": 3}}'}, 422, "unknown setting 'camera.fov'; known here:"),
    "wrong value": ({"settings": '{"camera": {"fov_deg": "wide"}}'}, 422, "'camera.fov_deg' must be"),
    "device": ({"settings": '{"device": "cuda"}'}, 422, "'device' is the server's to choose"),
    "limits": ({"settings": '{"limits": {"outside_files": true}}'}, 422, "'limits' is the server's to choose"),
    "code": ({"settings": '{"loss": {"file": "/tmp/own.py"}}'}, 422, "a file of objectives is Python"),
    "folder": ({"settings": '{"segmenter": "sam3:/tmp"}'}, 422, "is a folder of this machine"),
    "preset": ({"preset": "../../etc/passwd"}, 422, "preset '../../etc/passwd' is not known; choose one of"),
    "model": ({"model": "none"}, 422, "model 'none' is not known"),
    "no picture's content": ({"picture": ("a.png", b"text")}, 422, "a.png: is not an image that can be read"),
    "no mesh's content": ({"mesh": ("a.glb", b"text")}, 422, "a.glb: is not a GLB file"),
    "another kind": ({"mesh": ("a.exe", b"text")}, 415, "a.exe: is no mesh that can be sent; send one of .glb"),
    "large picture": ({"picture": ("a.png", bytes(20_000))}, 413, "'picture' is larger than the 0.01 MB"),
    "large text": ({"settings": "x" * 70_000}, 413, "'settings' is larger than the 65536 bytes"),
}


@pytest.fixture(scope="module")
def refusing(tmp_path_factory) -> Iterator[Serving]:
    with serve_pretended(tmp_path_factory.mktemp("refusing") / "own", **LIMITS) as serving:
        yield serving


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_taken_is_refused_in_a_sentence(refusing, files, case):
    served = refusing
    change, status, sentence = REFUSED[case]
    sent = {name: value for name, value in {**files, **change}.items() if value is not None}
    answer = served.client.post("/estimates", sent)
    assert answer.status == status, answer.content
    assert sentence in answer.error
    assert answer.headers["content-type"] == "application/json"
    assert served.worker.tasks == []
    assert served.state.queue.places_held == 0
    assert left_over(served) == []


def test_pictures_with_too_many_pixels_are_refused_before_they_are_decoded(served, files, tmp_path):
    large = write_disc(tmp_path / "large.png", 100, 60).read_bytes()
    answer = served.client.post("/estimates", {**files, "picture": ("large.png", large)})
    assert (answer.status, answer.error.partition(",")[0]) == (413, "large.png: has 100 x 60 pixels")


def test_what_is_no_form_is_refused(served):
    assert served.client.ask("POST", "/estimates", b"{}", Content_Type="application/json").status == 415
    assert served.client.ask("POST", "/estimates", b"x", Content_Type="multipart/form-data").status == 415
    long = served.client.ask("POST", "/estimates", b"x", Content_Type=f"multipart/form-data; boundary={'b' * 999}")
    assert (long.status, "the form's boundary cannot be used" in long.error) == (415, True)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    torn = served.client.ask("POST", "/estimates", form_of({"name": "a"})[:-6], Content_Type=kind)
    assert (torn.status, torn.error) == (400, "the request ends in the middle; send it again")
    other = served.client.ask("POST", "/estimates", b"no parts at all", Content_Type=kind)
    assert other.status == 400
    assert other.error.startswith("the request is no form of multipart/form-data")
    many = served.client.post("/estimates", {"preset": ["fast"] * 40})
    assert (many.status, many.error) == (400, "the form has more than 32 fields")


def test_other_paths_and_wrong_parameters_are_told(served, files):
    for method, path, status in (("GET", "/no", 404), ("PUT", "/jobs", 405), ("GET", "/estimates", 405)):
        answer = served.client.ask(method, path)
        assert (answer.status, answer.error) == (status, f"there is no {method} {path}; / shows what there is")
    answer = served.client.post("/estimates?wait=soon", files)
    assert (answer.status, answer.error.partition(":")[0]) == (422, "parameter 'wait'")


def test_what_nobody_foresaw_is_a_line_without_a_traceback(served, files, monkeypatch):
    def fail(*args):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(served.state.shelf, "put", fail)
    answer = served.client.post("/estimates", files)
    assert (answer.status, answer.values) == (500, {"error": "internal error: RuntimeError: unforeseen"})
    monkeypatch.setattr(served.state.shelf, "put", lambda *args: (_ for _ in ()).throw(OSError(28, "full")))
    answer = served.client.post("/estimates", files)
    assert (answer.status, answer.error) == (503, "the server's disk is full; send it again later")
    assert served.state.queue.places_held == 0
    assert left_over(served) == []


def test_the_page_needs_nothing_from_elsewhere_and_tells_of_every_route(served):
    page = served.client.ask("GET", "/").content.decode()
    document = served.client.ask("GET", "/openapi.json").values
    assert "script" not in page
    address = f"http://127.0.0.1:{served.client.port}"
    assert f"picture=@photo.jpg {address}/estimates" in page
    assert "//" not in page.replace(address, "")
    assert {*document["paths"]} == {
        *("/estimates", "/jobs", "/jobs/{id}", "/jobs/{id}/render.png", "/meshes", "/meshes/{id}"),
        *("/healthz", "/readyz", "/metrics"),
    }
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    form = document["paths"]["/estimates"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    from camera_estimation.serve.web._estimate_form import TEXTS

    assert {*form["properties"]} == {"mesh", "picture", "mask", *TEXTS}
    assert json.dumps(document)


def test_every_answer_and_parameter_of_the_document_is_told_in_a_sentence(served):
    document = served.client.ask("GET", "/openapi.json").values
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    for operation in operations:
        assert all(answer["description"].endswith(".") for answer in operation["responses"].values())
        assert all(parameter["description"] for parameter in operation.get("parameters", []))
    assert "ValidationError" not in json.dumps(document)
    assert {*document["paths"]["/readyz"]["get"]["responses"]} == {"200", "503"}
    render = document["paths"]["/jobs/{id}/render.png"]["get"]["responses"]["200"]
    assert [*render["content"]] == ["image/png"]


def test_health_and_numbers(served, files):
    assert served.client.ask("GET", "/healthz").values == {"status": "ok"}
    assert served.client.ask("GET", "/readyz").values == {"status": "ready"}
    served.client.post("/estimates", files)
    served.client.post("/estimates", {"name": "nothing"})
    text = served.client.ask("GET", "/metrics").content.decode()
    for line in (
        'camera_serve_requests_total{method="POST",route="/estimates",status="200"} 1.0',
        'camera_serve_requests_total{method="POST",route="/estimates",status="400"} 1.0',
        'camera_serve_jobs_total{kind="estimate",outcome="done"} 1.0',
        'camera_serve_running_seconds_count{kind="estimate"} 1.0',
        "camera_serve_queue_length 0.0",
        "camera_serve_meshes_kept 1.0",
        "camera_serve_worker_ready 1.0",
    ):
        assert line in text.splitlines()
    assert "camera_serve_process_resident_memory_bytes" in text
    served.worker.ready = False
    starting = served.client.ask("GET", "/readyz")
    assert (starting.status, starting.error) == (503, "the process that estimates is starting")
