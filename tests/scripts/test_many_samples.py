from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from PIL import Image

from tests.support.script_files import load_script

kill_runs, make_many_samples = load_script("kill_runs"), load_script("make_many_samples")


@pytest.fixture
def made(tmp_path):
    for name, value in (("a", 200), ("b", 80)):
        pixels = np.full((40, 80, 4), value, dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    (tmp_path / "pairs.csv").write_text("mesh,image\nm.glb,a.png\nm.glb,b.png\n")
    cameras = {"a.png": {"width": 80, "height": 40, "fx": 90.0, "fy": 91.0, "cx": 40.0, "cy": 20.0}}
    (tmp_path / "intrinsics.json").write_text(json.dumps(cameras))
    flags = ["--pairs", tmp_path / "pairs.csv", "--intrinsics", tmp_path / "intrinsics.json"]
    make_many_samples.main([str(word) for word in [tmp_path / "many", *flags, "--count", 5, "--size", 20]])
    return tmp_path / "many"


def test_samples_differ_and_keep_their_alpha_and_mesh(made):
    with (made / "pairs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows][:3] == ["images/a_00000.png", "images/b_00001.png", "images/a_00002.png"]
    assert {(made / row["mesh"]).resolve() for row in rows} == {(made.parent / "m.glb").resolve()}
    pictures = [np.asarray(Image.open(made / row["image"])) for row in rows]
    assert {picture.shape for picture in pictures} == {(10, 20, 4)}
    assert [int(picture[0, 0, 0]) for picture in pictures] == pytest.approx([140, 62, 170, 74, 200], abs=1)
    assert [int(picture[0, 0, 3]) for picture in pictures] == pytest.approx([200, 80, 200, 80, 200], abs=1)


def test_cameras_are_those_of_the_smaller_images(made):
    cameras = json.loads((made / "intrinsics.json").read_text())
    assert list(cameras) == ["a_00000.png", "a_00002.png", "a_00004.png"]
    assert cameras["a_00002.png"] == {"width": 20, "height": 10, "fx": 22.5, "fy": 22.75, "cx": 10.0, "cy": 5.0}


def test_runs_are_compared_by_entries_and_files(tmp_path):
    for name, seconds in (("killed", 1.0), ("whole", 2.0)):
        (tmp_path / name / "s1").mkdir(parents=True)
        entries = [{"name": "s1", "loss": 0.5, "seconds": seconds}]
        (tmp_path / name / "poses.json").write_text(json.dumps({"poses": entries}))
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    assert kill_runs.compare_runs(killed, whole) == []
    (killed / ".camera.json.12.tmp").touch()
    (killed / "poses.json").write_text(json.dumps({"poses": [{"name": "s1", "loss": 0.6, "seconds": 1.0}]}))
    assert kill_runs.compare_runs(killed, whole) == [
        "poses.json: 1 and 1 entries, of which differ: s1",
        f"only in {killed}: .camera.json.12.tmp",
    ]
    (killed / "poses.jsonl").write_text('{"name": "s1"}\n{"name": "s2"}\n{"na')
    assert kill_runs.count_finished(killed) == 2
