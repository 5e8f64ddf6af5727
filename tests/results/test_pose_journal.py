from __future__ import annotations

import errno
import json
import os
import time
import tracemalloc
from pathlib import Path

import pytest

from camera_estimation.errors import InputError
from camera_estimation.results import pose_journal
from camera_estimation.results.entries import failure_entry, pose_entry
from camera_estimation.results.pose_file import PoseFile, read_poses
from camera_estimation.results.pose_journal import PoseJournal
from tests.support.small_samples import estimate_of


@pytest.fixture
def entry(sample, image, mesh):
    return pose_entry(sample, estimate_of(image), mesh, loading_seconds=0.125)


@pytest.fixture
def never_due(monkeypatch):
    monkeypatch.setattr(pose_journal, "COMPACTION_SHARE", 1e-9)


def named(entry, name, **changes):
    return {**entry, "name": name, **changes}


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def fill_disk(monkeypatch, name):
    """Whatever is written to files of that name, by the open file of a journal too."""
    write, opened = os.write, os.open
    descriptors = set()

    def open_noting(path, *arguments, **options):
        descriptor = opened(path, *arguments, **options)
        if name in str(path):
            descriptors.add(descriptor)
        return descriptor

    def fail(descriptor, content):
        if descriptor not in descriptors:
            return write(descriptor, content)
        write(descriptor, bytes(content)[:10])  # as far as there is space
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", open_noting)
    monkeypatch.setattr(os, "write", fail)


def test_files_are_those_that_are_written_at_once(tmp_path, entry, sample):
    names, failed = ["c", "a", "b"], failure_entry(sample, 'no "mask", sorry')
    entries = [named(entry, "c"), named(failed, "a"), named(entry, "b", loss=0.5)]
    PoseFile(tmp_path / "whole", names, entries).save()
    journal = PoseJournal(tmp_path / "journal", names)
    for each in reversed(entries):
        journal.record(each)
    journal.close()
    for name in ("poses.json", "poses.csv"):
        assert (tmp_path / "journal" / name).read_text() == (tmp_path / "whole" / name).read_text()
    assert files(tmp_path / "journal") == ["failures.json", "poses.csv", "poses.json"]


@pytest.mark.usefixtures("never_due")
def test_what_was_recorded_before_a_kill_is_there_afterwards(tmp_path, entry):
    journal = PoseJournal(tmp_path, ["a", "b", "c"])
    journal.record(named(entry, "b"))
    journal.record(named(entry, "a", loss=1.0))
    journal.record(named(entry, "a", loss=2.0))
    assert read_poses(tmp_path) == []  # and then it is killed
    again = PoseJournal(tmp_path, ["a", "b", "c"])
    assert [found["name"] for found in read_poses(tmp_path)] == ["a", "b"]
    assert (again["a"]["loss"], again.dropped) == (2.0, 0)
    assert again["b"] == named(entry, "b") == read_poses(tmp_path)[1]
    assert files(tmp_path) == ["poses.csv", "poses.json"]


@pytest.mark.usefixtures("never_due")
@pytest.mark.parametrize("kept", [1, 100, -1])
def test_a_torn_last_line_is_dropped_and_the_next_is_whole(tmp_path, entry, kept):
    PoseJournal(tmp_path, ["a", "b"]).record(named(entry, "a"))
    path = tmp_path / "poses.jsonl"
    torn = json.dumps(named(entry, "b")).encode()[:kept]
    path.write_bytes(path.read_bytes() + torn)
    before = path.read_bytes()
    (tmp_path / "poses.json").unlink()
    assert list(PoseJournal(tmp_path, ["a", "b"])) == ["a"]
    path.write_bytes(before)
    journal = PoseJournal(tmp_path, ["a", "b"])
    journal.record(named(entry, "b"))
    assert [json.loads(line)["name"] for line in path.read_text().splitlines()] == ["b"]
    assert set(PoseJournal(tmp_path, ["a", "b"])) == {"a", "b"}


@pytest.mark.usefixtures("never_due")
def test_lines_that_a_failing_disk_has_spoiled_are_counted(tmp_path, entry):
    PoseJournal(tmp_path, ["a"]).record(named(entry, "a"))
    path = tmp_path / "poses.jsonl"
    path.write_bytes(b"\0\0\0\n[1]\n" + path.read_bytes())
    journal = PoseJournal(tmp_path, ["a"])
    assert (list(journal), journal.dropped) == (["a"], 2)


@pytest.mark.usefixtures("never_due")
def test_a_full_disk_leaves_the_lines_before_whole(tmp_path, entry, monkeypatch):
    journal = PoseJournal(tmp_path, ["a", "b"])
    with monkeypatch.context() as patch:
        fill_disk(patch, "poses.jsonl")
        with pytest.raises(InputError, match=r"poses\.jsonl: cannot be written \(No space left on device\); free some"):
            journal.record(named(entry, "a"))
    assert (tmp_path / "poses.jsonl").read_bytes() == b""
    journal.record(named(entry, "b"))
    assert list(PoseJournal(tmp_path, ["a", "b"])) == ["b"]


def test_what_cannot_be_compacted_stays_in_the_journal(tmp_path, entry, monkeypatch):
    journal = PoseJournal(tmp_path, ["a"])
    journal.record(named(entry, "a"))

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(InputError, match=r"poses\.json: cannot be written \(No space left"):
            journal.close()
    assert files(tmp_path) == ["poses.csv", "poses.json", "poses.jsonl"]
    assert read_poses(tmp_path) == []
    assert list(PoseJournal(tmp_path, ["a"])) == ["a"]
    assert [found["name"] for found in read_poses(tmp_path)] == ["a"]


def test_a_file_of_other_hands_is_read_and_written_anew(tmp_path, entry):
    PoseFile(tmp_path, ["a", "b"], [named(entry, "a"), named(entry, "b")]).save()
    path = tmp_path / "poses.json"
    ours = path.read_text()
    path.write_text(json.dumps(json.loads(ours)))
    assert list(PoseJournal(tmp_path, ["a", "b"])) == ["a", "b"]
    assert path.read_text() == ours


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "else"}'])
def test_a_file_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "poses.json").write_text(content)
    with pytest.raises(InputError, match=r"poses\.json: (is not|has) "):
        PoseJournal(tmp_path, [])


def test_names_with_anything_in_them_come_back(tmp_path, entry):
    names = ['"quoted"', "äöü 漢字", "} {", '"poses": [', "a,b"]
    journal = PoseJournal(tmp_path, names)
    for name in names:
        journal.record(named(entry, name))
    journal.close()
    again = PoseJournal(tmp_path, names)
    assert [again[name]["name"] for name in names] == names == [found["name"] for found in read_poses(tmp_path)]


def test_failures_are_in_a_file_of_their_own(tmp_path, entry, sample):
    journal = PoseJournal(tmp_path, ["a", "b"])
    journal.record(named(failure_entry(sample, "has no mask; give one"), "a"))
    journal.record(named(entry, "b"))
    journal.compact()
    tree = json.loads((tmp_path / "failures.json").read_text())
    assert (tree["format"], tree["version"]) == ("camera-estimation/failures", 1)
    (failure,) = tree["failures"]
    assert (failure["name"], failure["error"]) == ("a", "has no mask; give one")
    assert Path(failure["absolute_paths"]["image"]) == sample.image_path
    journal.record(named(entry, "a"))
    journal.close()
    assert not (tmp_path / "failures.json").exists()


def test_it_takes_a_bounded_share_of_the_time(tmp_path, entry, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pose_journal.time, "monotonic", lambda: now[0])
    journal = PoseJournal(tmp_path, ["a"])
    journal._took = 2.0
    journal.record(named(entry, "a"))
    assert not journal.is_due()
    now[0] += 2.0 / pose_journal.COMPACTION_SHARE - 1
    assert not journal.is_due()
    now[0] += 2
    assert journal.is_due()


@pytest.mark.usefixtures("never_due")
def test_a_record_costs_the_same_however_many_there_are(tmp_path, entry):
    names = [f"frame_{index}" for index in range(2000)]
    PoseFile(tmp_path, names, [named(entry, name) for name in names]).save()
    journal = PoseJournal(tmp_path, names)
    start = time.process_time()
    for name in names[:100]:
        journal.record(named(entry, name))
    assert time.process_time() - start < 0.5  # each writing of all takes that long
    assert journal["frame_1999"] == named(entry, "frame_1999")


@pytest.mark.usefixtures("never_due")
def test_what_is_recorded_is_on_disk_and_not_in_memory(tmp_path, entry):
    names = [f"n{number:04d}" for number in range(400)]
    journal = PoseJournal(tmp_path, names)
    tracemalloc.start()
    try:
        for name in names:
            journal.record(named(entry, name))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 0.25 * journal.folder.joinpath("poses.jsonl").stat().st_size
    assert journal["n0399"]["name"] == "n0399"
    journal.close()
    assert [found["name"] for found in read_poses(tmp_path)] == names


@pytest.mark.usefixtures("never_due")
def test_a_folder_that_is_moved_away_is_told_and_not_made_again(tmp_path, entry):
    folder, moved = tmp_path / "run", tmp_path / "moved"
    journal = PoseJournal(folder, ["a", "b"])
    journal.record(named(entry, "a"))
    assert journal.is_in_place()
    folder.rename(moved)
    with pytest.raises(InputError, match=r"poses\.json: was removed or replaced by others"):
        journal.record(named(entry, "b"))
    assert not journal.is_in_place()
    journal.close()
    assert not folder.exists()
    assert list(PoseJournal(moved, ["a", "b"])) == ["a"]


def test_a_file_that_others_have_changed_meanwhile_is_not_copied_from(tmp_path, entry):
    journal = PoseJournal(tmp_path, ["a", "b", "c"])
    journal.record(named(entry, "a"))
    journal.record(named(entry, "b"))
    journal.compact()
    path = tmp_path / "poses.json"
    content = path.read_text().replace('"name": "a"', '"name": "another"')
    path.write_text(content)
    journal.record(named(entry, "c"))
    with pytest.raises(InputError, match=r"poses\.json: was changed by others while this run goes on"):
        journal.compact()
    assert path.read_text() == content
    assert set(PoseJournal(tmp_path, ["a", "b", "c"])) == {"another", "b", "c"}
