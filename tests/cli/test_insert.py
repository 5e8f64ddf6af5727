"""``camera-insert`` on runs, as one calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from camera_estimation.cli import insert
from camera_estimation.commands.insert import InsertRequest, plan_insert
from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError
from camera_estimation.lighting import light_registry
from camera_estimation.results.entries import failure_entry
from camera_estimation.results.pose_file import POSES_NAME
from tests.support.lit_runs import write_lit_run
from tests.support.small_samples import write_box

FILES = {"inserted.png", "insertion.json"}


@pytest.fixture
def run(tmp_path) -> Path:
    """Two finished samples of a box that is lit from above, and one that failed."""
    folder, poses = write_lit_run(tmp_path, ["a", "b"])
    sample = Sample("broken", tmp_path / "meshes" / "box.glb", tmp_path / "images" / "a.png")
    poses.record(failure_entry(sample, "shows no object"))
    return folder


@pytest.fixture
def thing(tmp_path) -> Path:
    return write_box(tmp_path / "thing.glb")


def call(*arguments):
    return CliRunner().invoke(insert.main, [str(argument) for argument in arguments])


def test_every_finished_sample_gets_its_picture(run, thing):
    told = call(run, "--object", thing)
    assert told.exit_code == 0, told.output
    for name in ("a", "b"):
        folder = run / "export" / "insert" / name
        assert {path.name for path in folder.iterdir()} == FILES
        made = np.asarray(Image.open(folder / "inserted.png"))
        before = np.asarray(Image.open(run.parent / "images" / f"{name}.png"))
        assert made.shape == before.shape
        changed = (made != before).any(-1)
        assert 0.01 < changed.mean() < 0.6
        tree = json.loads((folder / "insertion.json").read_text())
        assert tree["format"] == "camera-estimation/insertion"
        assert tree["sample"] == tree["light_from"] == name
        assert tree["light"]["method"] == "environment"
        assert (folder / tree["object"]).resolve() == thing.resolve()
        assert f"{name}: " in told.output
    assert not (run / "export" / "insert" / "broken").exists()


def test_clutter_all_about_the_mesh_is_told(run, thing):
    path = run.parent / "images" / "a.png"
    picture = np.array(Image.open(path))
    height, width = picture.shape[:2]
    cells = np.random.default_rng(0).integers(0, 255, (height // 10, width // 10, 3), dtype=np.uint8)
    patches = np.kron(cells, np.ones((10, 10, 1), dtype=np.uint8))
    Image.fromarray(np.where((picture == 140).all(-1, keepdims=True), patches, picture)).save(path)
    remark = "no ground beside the mesh is free of other things"
    assert f"a: {remark}" in call(run, "--object", thing, "--samples", "a").output
    assert remark not in call(run, "--object", thing, "--samples", "b").output
    assert remark not in call(run, "--object", thing, "--samples", "a", "--on", "object").output


def test_an_insertion_can_be_repeated(run, thing, tmp_path):
    options = ("--object", thing, "--samples", "a", "--light", "directional", "--on", "object", "--turn", "30")
    assert call(run, *options, "--output_dir", tmp_path / "first").exit_code == 0
    file = tmp_path / "first" / "a" / "insertion.json"
    again = ("--object", thing, "--samples", "a", "--placement_from", file, "--light_from", file)
    assert call(run, *again, "--output_dir", tmp_path / "second", "--quiet").exit_code == 0
    first, second = (
        np.asarray(Image.open(tmp_path / name / "a" / "inserted.png")).astype(int) for name in ("first", "second")
    )
    assert np.abs(first - second).max() <= 1  # the light has six digits
    told = [json.loads((tmp_path / name / "a" / "insertion.json").read_text()) for name in ("first", "second")]
    assert told[0]["placement"] == told[1]["placement"]
    assert told[1]["light_from"] == "a file"


def test_the_light_of_another_sample(run, thing):
    assert call(run, "--object", thing, "--samples", "b", "--light_from", "a").exit_code == 0
    tree = json.loads((run / "export" / "insert" / "b" / "insertion.json").read_text())
    assert tree["light_from"] == "a"
    assert not (run / "export" / "insert" / "a").exists()


@pytest.mark.parametrize("method", list(light_registry.names()))
def test_every_light(run, thing, method):
    told = call(run, "--object", thing, "--samples", "a", "--light", method)
    assert told.exit_code == 0, told.output
    tree = json.loads((run / "export" / "insert" / "a" / "insertion.json").read_text())
    assert tree["light"]["method"] == method


def test_without_shadows_only_the_object_is_new(run, thing):
    options = ("--object", thing, "--samples", "a", "--light", "directional")
    assert call(run, *options, "--output_dir", run / "shaded").exit_code == 0
    assert call(run, *options, "--no_shadows", "--output_dir", run / "plain").exit_code == 0
    before = np.asarray(Image.open(run.parent / "images" / "a.png")).astype(int)
    shaded, plain = (np.asarray(Image.open(run / name / "a" / "inserted.png")) for name in ("shaded", "plain"))
    changed = [(made != before).any(-1) for made in (shaded, plain)]
    assert changed[0].sum() > 1.1 * changed[1].sum() > 0
    assert not (changed[1] & ~changed[0]).any()
    assert json.loads((run / "plain" / "a" / "insertion.json").read_text())["settings"]["shadows"] is False


def test_settings_of_a_file_count(run, thing, tmp_path):
    (tmp_path / "light.toml").write_text("[light]\nmethod = 'harmonics'\nrobust = false\n")
    assert call(run, "--object", thing, "--samples", "a", "--config", tmp_path / "light.toml").exit_code == 0
    tree = json.loads((run / "export" / "insert" / "a" / "insertion.json").read_text())
    assert tree["settings"]["method"] == tree["light"]["method"] == "harmonics"
    assert tree["settings"]["robust"] is False


def test_limits_of_a_file_hold(run, thing, tmp_path, own_limits):
    own_limits()  # those of before come back after the test
    (tmp_path / "strangers.toml").write_text("[limits]\nfaces = 7\n")
    told = call(run, "--object", thing, "--config", tmp_path / "strangers.toml")
    assert told.exit_code == 2
    assert "more than limits.faces = 7" in told.output


def test_a_sample_that_cannot_be_used_costs_the_others_nothing(run, thing):
    (run.parent / "images" / "a.png").unlink()
    told = call(run, "--object", thing)
    assert told.exit_code == 1
    assert "FAILED a: " in told.output
    assert "no such file" in told.output
    assert (run / "export" / "insert" / "b" / "inserted.png").is_file()


def test_an_object_that_is_not_seen_is_told(run, thing):
    told = call(run, "--object", thing, "--samples", "a", "--shift", "50,0,0", "--scale", "0.2")
    assert told.exit_code == 0
    assert "a: the object is not in the picture, or hidden; --shift or --at moves it" in told.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--samples", "c"), "has no finished sample 'c'; its samples are a, b"),
        (("--light", "sun"), "'sun' is not one of"),
        (("--light_from", "c"), "--light_from c: is neither a finished sample of the run (a, b) nor a file"),
        (("--up", "north"), "up axis 'north'"),
        (("--object_up", "north"), "up axis 'north'"),
        (("--at", "1,2,3"), "is not 2 numbers with commas between"),
        (("--at", "1,2", "--point", "1,2,3"), "give one of them"),
        (("--placement_from", "missing.json"), "missing.json: "),
        (("--scale", "0"), "0"),
        (("--device", "cpu0"), "cpu0"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(run, thing, arguments, message):
    told = call(run, "--object", thing, *arguments)
    assert told.exit_code != 0
    assert message in told.output
    assert "Traceback" not in told.output


def test_files_that_are_no_insertion_are_told(run, thing, tmp_path):
    for text in ("{}", "[]", '{"format": "camera-estimation/insertion", "version": 1}'):
        (tmp_path / "other.json").write_text(text)
        for flag in ("--light_from", "--placement_from"):
            told = call(run, "--object", thing, flag, tmp_path / "other.json")
            assert told.exit_code == 2
            assert "other.json: " in told.output


def test_what_is_no_run_or_no_mesh_is_told(run, thing, tmp_path):
    assert "give the output folder of a run and --object" in call("--object", thing).output
    assert call(tmp_path / "nothing", "--object", thing).exit_code != 0
    assert "nothing.glb" in call(run, "--object", tmp_path / "nothing.glb").output


def test_lights_and_version_are_listed():
    told = call("--list_lights").output
    for name, cls in light_registry.classes().items():
        assert name in told
        assert all(term in told for term in cls.terms)
    assert call("--version").output.startswith("camera-insert ")


def test_the_up_axis_is_that_of_the_run(run, thing):
    (run / "run.json").write_text(json.dumps({"settings": {"model": {"up_axis": "+z"}}}))
    plan = plan_insert(InsertRequest(run=run, object_path=thing))
    assert plan.placement.own_axis == "+z"
    (run / "run.json").unlink()
    assert plan_insert(InsertRequest(run=run, object_path=thing)).placement.own_axis == "+y"
    with pytest.raises(InputError):
        plan_insert(InsertRequest(run=run, object_path=thing, light="sun"))


@pytest.fixture
def sequence(run) -> Path:
    """The same box in frames that followed each other."""
    tree = json.loads((run / POSES_NAME).read_text())
    entry = tree["poses"][0]
    images = run.parent / "images"
    tree["poses"] = []
    for number in range(4):
        (images / f"frame_{number:03d}.png").write_bytes((images / "a.png").read_bytes())
        frame = {**entry, "name": f"frame_{number:03d}", "start": "neighbour" if number else "search"}
        frame["image"] = entry["image"].replace("a.png", f"frame_{number:03d}.png")
        frame["absolute_paths"] = {**entry["absolute_paths"], "image": str(images / f"frame_{number:03d}.png")}
        tree["poses"].append(frame)
    (run / POSES_NAME).write_text(json.dumps(tree))
    return run


def test_a_sequence_becomes_a_video_under_one_light(sequence, thing):
    pytest.importorskip("av")
    from camera_estimation.io import frame_path, index_video, read_frame

    told = call(sequence, "--object", thing, "--fps", "10")
    assert told.exit_code == 0, told.output
    folder = sequence / "export" / "insert"
    video = folder / "sequence_1.mp4"
    assert len(index_video(video).stamps) == 4
    assert index_video(video).time_of(3) == pytest.approx(0.3)
    shown = read_frame(frame_path(video, 2))[..., :3].astype(int)
    written = np.asarray(Image.open(folder / "frame_002" / "inserted.png")).astype(int)
    assert np.abs(shown - written).mean() < 6
    trees = [json.loads((folder / f"frame_{n:03d}" / "insertion.json").read_text()) for n in range(4)]
    assert all(tree["placement"] == trees[0]["placement"] for tree in trees)
    assert all(tree["light"] == trees[0]["light"] for tree in trees)
    assert trees[0]["light_from"].startswith("the sequence, fixed to the ")


def test_without_pyav_a_sequence_is_pictures_and_a_line(sequence, thing, monkeypatch):
    lacking = "PyAV is not installed; to write videos: pip install 'camera-estimation[video]'"
    monkeypatch.setattr("camera_estimation.commands.insert.plan.missing_for_videos", lambda: lacking)
    monkeypatch.setattr("camera_estimation.commands.insert.group.missing_for_videos", lambda: lacking)
    told = call(sequence, "--object", thing, "--light", "none")
    assert told.exit_code == 0
    assert f"sequences become pictures, and no videos: {lacking}" in told.output
    assert (sequence / "export" / "insert" / "frame_003" / "inserted.png").is_file()
    assert not list((sequence / "export" / "insert").glob("*.mp4"))


def test_a_bend_that_cannot_be_read_is_told(run, thing):
    """The mesh is known as the run has bent it."""
    (run / "a").mkdir()
    (run / "a" / "deformation.npz").write_bytes(b"no bend")
    told = call(run, "--object", thing, "--samples", "a")
    assert told.exit_code == 1
    assert "deformation.npz" in told.output
