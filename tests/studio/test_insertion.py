"""Objects in photographs without a browser: the same as by the command line, and what is refused."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import PosedImage
from camera_estimation.studio.jobs import insertion_work
from tests.support.lit_runs import HEIGHT, WIDTH, write_lit_run
from tests.support.small_samples import camera_around_box, write_box
from tests.support.studio_server import StudioServer, run_studio

pytestmark = pytest.mark.slow

NAMES = [f"frame_{number:03d}" for number in range(3)]
BOX = {"upload": 1}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[StudioServer]:
    """A run of three frames, and the mesh of an object that was dropped."""
    folder = tmp_path_factory.mktemp("insertion")
    run, _ = write_lit_run(folder, NAMES, moving=True)
    with run_studio(folder / "studio", "--run", str(run)) as started:
        thing = write_box(folder / "thing.glb").read_bytes()
        assert started.ask("PUT", "/api/uploads?name=thing.glb", thing).values["kind"] == "mesh"
        picture = (folder / "images" / f"{NAMES[0]}.png").read_bytes()
        assert started.ask("PUT", "/api/uploads?name=photo.png", picture).status == 200
        yield started


def place(server: StudioServer, sample: int = 1, **wanted) -> dict:
    answer = server.ask("POST", f"/api/samples/{sample}/placement", {"object": BOX, "placement": wanted})
    assert answer.status == 200, answer.content
    return answer.values


def wish_of(found: dict, **changes) -> dict:
    keys = ("on", "point", "scale", "object_up")
    return {**{key: found[key] for key in keys}, "up": found["up_word"], "turn_deg": 25.0, **changes}


def insertion_of(server: StudioServer, sample: int = 1) -> dict:
    return server.ask("GET", f"/api/samples/{sample}/insertion").values["insertion"]


def picture_of(server: StudioServer, sample: int = 1) -> np.ndarray:
    content = server.ask("GET", f"/api/samples/{sample}/insertion/files/picture").content
    return np.asarray(Image.open(io.BytesIO(content)))


def run_command(text: str, output_dir: Path) -> None:
    words = shlex.split(text)
    assert words[0] == "camera-insert"
    words[words.index("--output_dir") + 1] = str(output_dir)
    subprocess.run([sys.executable, "-m", "camera_estimation.cli.insert", *words[1:], "--quiet"], check=True)


def test_nothing_is_there_before(server):
    assert insertion_of(server, 3) is None
    for path in ("picture", "files/picture", "files/placement", "files/evil"):
        answer = server.ask("GET", f"/api/samples/3/insertion/{path}")
        assert answer.status == 400
        assert "nothing was put in yet" in answer.error


@pytest.mark.parametrize(
    ("light", "shadows", "on"),
    [("directional", True, "ground"), ("harmonics", False, "ground"), ("none", True, "object")],
)
def test_the_command_line_gives_the_same(server, tmp_path, light, shadows, on):
    found = place(server, on=on)
    job = server.do("insert", sample=1, object=BOX, light=light, shadows=shadows, placement=wish_of(found))
    assert job["state"] == "done", job
    made = insertion_of(server)
    assert made["method"] == light
    assert made["ball"].startswith("data:image/png;base64,")
    run_command(made["command"], tmp_path)
    same = np.asarray(Image.open(tmp_path / NAMES[0] / "inserted.png"))
    assert np.array_equal(picture_of(server), same)
    own = json.loads(server.ask("GET", "/api/samples/1/insertion/files/placement").content)
    written = json.loads((tmp_path / NAMES[0] / "insertion.json").read_text())
    assert written["placement"] == own["placement"]
    assert written["light"] == own["light"]


def test_settings_of_the_light_are_in_the_command(server, tmp_path):
    settings = {"changes": {"light.robust": False, "light.ridge": 0.01}}
    values = {"object": BOX, "light": "harmonics", "placement": wish_of(place(server)), "settings": settings}
    assert server.do("insert", sample=1, **values)["state"] == "done"
    made = insertion_of(server)
    assert "--config" in made["command"]
    run_command(made["command"], tmp_path)
    assert np.array_equal(picture_of(server), np.asarray(Image.open(tmp_path / NAMES[0] / "inserted.png")))


def test_a_place_is_where_the_object_stands(server):
    """The page's numbers put the object's lowest point on the ground, under its middle."""
    found = place(server, object_up="+y")
    rotation = np.stack([np.cross(found["up"], found["front"]), found["up"], found["front"]], axis=1)
    turn = rotation @ np.array(found["own_axes"]).T
    foot = np.array(found["point"]) + found["scale"] * turn @ (np.array(found["foot"]) - found["foot"])
    assert foot @ found["up"] == pytest.approx(found["ground_height"])
    assert np.linalg.det(turn) == pytest.approx(1)
    assert found["scale"] * found["length"] <= 0.5 * found["known_length"] + 1e-9


def test_a_sequence_becomes_a_video(server, tmp_path):
    pytest.importorskip("av")
    values = {"object": BOX, "light": "directional", "placement": wish_of(place(server, 2))}
    job = server.do("insert_all", sample=2, **values)
    assert job["state"] == "done", job
    video = server.ask("GET", "/api/downloads/1").content
    assert video[4:8] == b"ftyp"
    made = insertion_of(server, 2)
    assert made["placement"]["turn_deg"] == pytest.approx(25.0)
    assert made["light_from"].startswith("the sequence")
    run_command(made["command"], tmp_path)
    for number, name in enumerate(NAMES, 1):
        same = np.asarray(Image.open(tmp_path / name / "inserted.png"))
        assert np.array_equal(picture_of(server, number), same)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"object": None}, "no object was chosen"),
        ({"object": {"upload": 99}}, "no mesh was dropped here under number 99"),
        ({"object": {"upload": 2}}, "no mesh was dropped here under number 2"),
        ({"object": {"upload": "../../etc/passwd"}}, "no mesh was dropped"),
        ({"object": {"sample": 99}}, "there is no sample 99"),
        ({"object": {"path": "/etc/passwd"}}, "no object was chosen"),
        ({"light": "../evil"}, "evil"),
        ({"light": {"a": 1}}, "unknown light"),
        ({"placement": {"on": "sky"}}, "place of the object"),
        ({"placement": {"point": [0, 0]}}, "place of the object"),
        ({"placement": {"scale": -1}}, "out of range"),
        ({"placement": {"object_up": "/etc"}}, "place of the object"),
        ({"settings": {"changes": {"light.rows": -1}}}, "light.rows"),
        ({"sample": 4}, "has no camera yet"),
    ],
)
def test_wrong_wishes_are_told(server, changes, told):
    values = {"sample": 1, "object": BOX, "placement": wish_of(place(server)), **changes}
    answer = server.ask("POST", "/api/jobs", {"kind": "insert", **values})
    sentence = answer.error if answer.status == 400 else server.wait()["sentence"]
    assert told in sentence
    assert "Traceback" not in sentence


@pytest.mark.parametrize(
    ("placement", "told"),
    [
        ({"point": [1e9, 0, 0]}, "far outside of the scene"),
        ({"scale": 1e9}, "times as large as the mesh"),
        ({"scale": 1e-9}, "times as large as the mesh"),
        ({"up": "/etc/passwd"}, "up axis"),
        ({"up": "0,0,0"}, "up axis"),
    ],
)
def test_places_out_of_the_scene_are_told(server, placement, told):
    answer = server.ask("POST", "/api/samples/1/placement", {"object": BOX, "placement": placement})
    assert answer.status == 400
    assert told in answer.error


def test_numbers_without_end_are_told(server):
    body = b'{"object": {"upload": 1}, "placement": {"point": [1e999, 0, 0]}}'
    assert "out of range" in server.ask("POST", "/api/samples/1/placement", body).error


@pytest.mark.parametrize("path", ["/api/uploads/2/mesh", "/api/uploads/99/mesh"])
def test_only_meshes_that_were_dropped_are_shown(server, path):
    answer = server.ask("GET", path)
    assert answer.status == 400
    assert "no mesh was dropped" in answer.error
    assert server.ask("GET", "/api/uploads/1/mesh?faces=200").headers["content-type"] == "application/octet-stream"


def test_other_pages_put_nothing_in(server):
    for path in ("/api/jobs", "/api/samples/1/placement"):
        assert server.ask("POST", path, {"kind": "insert"}, Origin="http://evil.example").status == 403


def test_photographs_of_too_many_pixels_are_not_opened(monkeypatch):
    image = PosedImage("photo", Path("a.png"), Path("a.glb"), camera_around_box(WIDTH, HEIGHT), lambda: None)
    insertion_work._check_size(image)
    monkeypatch.setattr(insertion_work, "MOST_PIXELS_INSERTED", WIDTH * HEIGHT - 1)
    with pytest.raises(InputError, match="that the page puts objects into"):
        insertion_work._check_size(image)


def test_without_videos_the_pictures_are_packed(tmp_path):
    from camera_estimation.studio.shelf import ShownInsertion

    picture = tmp_path / "a" / "inserted.png"
    picture.parent.mkdir()
    Image.new("RGB", (4, 4)).save(picture)
    archive = insertion_work._zip_pictures([ShownInsertion(picture, picture, {}), None], tmp_path)
    with zipfile.ZipFile(archive) as packed:
        assert packed.namelist() == ["a.png"]
