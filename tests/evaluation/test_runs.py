from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.errors import InputError
from camera_estimation.evaluation.runs import folder_labels, load_runs
from tests.support.runs import TRUE, write_json


def test_labels_are_as_short_as_they_can_be():
    assert folder_labels([Path("/r/a"), Path("/r/b")]) == ["a", "b"]
    assert folder_labels([Path("/r/a/out"), Path("/r/b/out"), Path("/r/x")]) == ["a/out", "b/out", "x"]
    assert folder_labels([Path("/r/a"), Path("/r/a"), Path("/r/a")]) == ["a", "a (2)", "a (3)"]
    assert folder_labels([Path("/")]) == ["poses"]


def test_folder_or_file(workplace):
    folder = workplace.add_run("first", {"a": TRUE})
    runs = load_runs([folder, folder / "poses.json"], ["one", "two"])
    assert [run.label for run in runs] == ["one", "two"]
    assert all(run.folder == folder and run.entries[0]["name"] == "a" for run in runs)


def test_labels_have_to_fit(workplace):
    folder = workplace.add_run("first", {"a": TRUE})
    with pytest.raises(InputError, match="1 --label for 2 --poses"):
        load_runs([folder, folder], ["one"])
    with pytest.raises(InputError, match="--label one is given twice"):
        load_runs([folder, folder], ["one", "one"])


def test_runs_that_cannot_be_used(workplace):
    head = {"format": "camera-estimation/poses", "version": 1}
    with pytest.raises(InputError, match="has no poses"):
        load_runs([write_json(workplace.folder / "empty" / "poses.json", {**head, "poses": []})])
    with pytest.raises(InputError, match="no such file; check the path"):
        load_runs([workplace.folder / "missing"])
    path = write_json(workplace.folder / "odd" / "poses.json", {**head, "poses": [{"name": "a", "mesh": "m.glb"}]})
    with pytest.raises(InputError, match="pose 1 has no image"):
        load_runs([path])
