from __future__ import annotations

import json
import tracemalloc

import pytest

from camera_estimation.errors import InputError
from camera_estimation.results.entries import pose_entry
from camera_estimation.results.pose_file import PoseFile, read_entries
from camera_estimation.results.posed_images import read_posed_images
from camera_estimation.results.run_entries import LateEntry, RunEntries
from tests.support.small_samples import estimate_of

NAMES = [f"n{number:03d}" for number in range(300)]


@pytest.fixture
def run(tmp_path, sample, image, mesh):
    entry = pose_entry(sample, estimate_of(image), mesh, loading_seconds=0.5)
    PoseFile(tmp_path, NAMES, [{**entry, "name": name} for name in NAMES]).save()
    return tmp_path


def change_layout(run):
    path = run / "poses.json"
    path.write_text(json.dumps(json.loads(path.read_text())))


@pytest.mark.parametrize("by_hand", [False, True], ids=["as written", "another layout"])
def test_they_are_those_of_the_file(run, by_hand):
    if by_hand:
        change_layout(run)
    entries, expected = RunEntries(run), read_entries(run)
    assert len(entries) == len(expected)
    assert list(entries) == expected
    assert [entries[7], entries[-1]] == [expected[7], expected[-1]]
    assert entries[2:4] == expected[2:4]
    with pytest.raises(IndexError):
        entries[300]


def test_an_entry_is_read_when_it_is_asked(run):
    late = LateEntry(RunEntries(run), 5)
    assert late["name"] == "n005"
    assert late.get("no such key") is None
    assert dict(late) == read_entries(run)[5]
    assert len(late) == len(read_entries(run)[5])


def test_images_of_a_run_do_not_hold_its_entries(run):
    read_posed_images(run)  # what is imported for it
    tracemalloc.start()
    try:
        images = read_posed_images(run)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert images[3].entry["seconds"]["loading"] == 0.5
    assert held < 0.75 * (run / "poses.json").stat().st_size  # entries take several times what their text does


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        RunEntries(tmp_path / "poses.json")
    (tmp_path / "poses.json").write_text("{")
    with pytest.raises(InputError, match="is not valid JSON"):
        RunEntries(tmp_path)
