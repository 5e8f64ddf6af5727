"""Disks that are full, folders that cannot be written to, files that vanish: a line each, and nothing lost."""

from __future__ import annotations

import errno
import json
import os
import time
from dataclasses import replace

import pytest

import camera_estimation.estimation
from camera_estimation.cli.estimate import main
from camera_estimation.commands.estimate import _recorder
from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError
from camera_estimation.io.line_log import LineLog
from camera_estimation.results.pose_file import read_poses
from tests.support.small_runs import SMALL_CONFIG, statuses_of
from tests.support.small_samples import stub_estimator, write_disc

FULL = OSError(errno.ENOSPC, "No space left on device")


pytestmark = pytest.mark.usefixtures("stubbed")


def estimated(log):
    return [item[0] for item in log if isinstance(item, tuple)]


def failures(plan):
    path = plan.output_dir / "failures.json"
    return {each["name"]: each["error"] for each in json.loads(path.read_text())["failures"]} if path.exists() else {}


def fail_to_write(monkeypatch, part, error=FULL):
    """Files with ``part`` in their paths."""
    rename = os.replace

    def replace_or_fail(source, target):
        if part in os.fspath(target):
            raise error
        rename(source, target)

    monkeypatch.setattr(os, "replace", replace_or_fail)


def temporary_files(plan):
    return [path.name for path in plan.output_dir.rglob("*.tmp")] + [*plan.output_dir.rglob("*.jsonl")]


def test_a_sample_that_the_disk_is_full_for_fails_and_is_retried_alone(plan, monkeypatch, log, capfd):
    with monkeypatch.context() as patch:
        fail_to_write(patch, "a_2")
        summary = run_samples(plan)
    assert (summary.ok, summary.failed, summary.exit_code, summary.trouble) == (2, 1, 1, None)
    (line,) = failures(plan).values()
    assert line.endswith("cannot be written (No space left on device); free some space, then the same command goes on")
    assert f"FAILED a_2: {line}" in capfd.readouterr().err
    assert temporary_files(plan) == []
    log.clear()
    summary = run_samples(replace(plan, retry_failed=True))
    assert (summary.ok, summary.skipped, summary.exit_code) == (1, 2, 0)
    assert estimated(log) == ["a_2.png"]
    assert failures(plan) == {}


def test_only_failed_samples_are_retried_where_that_is_asked_for(samples, plan, behavior, log, capfd):
    behavior["a_2"] = InputError("a_2.png: has no mask; give one")
    run_samples(replace(plan, samples=samples[:2]))
    behavior.clear()
    log.clear()
    assert run_samples(replace(plan, retry_failed=True)).ok == 1
    assert estimated(log) == ["a_2.png"]
    told = "--retry_failed: 2 of 3 have not failed, 1 of them without a result yet; they are left as they are"
    assert told in capfd.readouterr().err
    assert statuses_of(plan) == {"a_1": "ok", "a_2": "ok"}
    assert run_samples(replace(plan, retry_failed=True)).skipped == 3
    assert run_samples(plan).ok == 1


def test_a_disk_that_stays_full_ends_the_run(samples, plan, monkeypatch, capfd):
    more = [Sample(f"c_{number}", samples[0].mesh_path, samples[0].image_path) for number in range(9)]
    whole = replace(plan, samples=[*samples, *more])
    run_samples(replace(whole, samples=samples))
    with monkeypatch.context() as patch:
        fail_to_write(patch, "c_")
        summary = run_samples(whole)
    assert summary.trouble == "the disk has been full for 3 samples: nothing more is started"
    assert (summary.exit_code, summary.failed, summary.left) == (1, _recorder.MOST_FULL, 9 - _recorder.MOST_FULL)
    assert list(statuses_of(whole).values()).count("ok") == 3
    summary = run_samples(whole)
    assert (summary.ok, summary.skipped, summary.exit_code) == (9, 3, 0)


def test_a_journal_that_cannot_be_written_ends_the_run_with_what_was_kept(plan, monkeypatch, log):
    write, lines = LineLog._write, []

    def fail(self, content):
        lines.append(content)
        if len(lines) == 2:
            raise FULL
        return write(self, content)

    with monkeypatch.context() as patch:
        patch.setattr(LineLog, "_write", fail)
        summary = run_samples(plan)
    assert summary.trouble.endswith(
        "poses.jsonl: cannot be written (No space left on device); free some space, then the same command goes on"
    )
    assert (summary.ok, summary.exit_code) == (1, 1)
    assert summary.left == 2
    assert statuses_of(plan) == {"a_1": "ok"}
    assert temporary_files(plan) == []
    assert (run_samples(plan).ok, statuses_of(plan)) == (2, {"a_1": "ok", "a_2": "ok", "b": "ok"})


def test_what_cannot_be_compacted_at_the_end_is_found_by_the_next_run(plan, monkeypatch, log):
    fsync, calls = os.fsync, []

    def fail(descriptor):
        calls.append(descriptor)
        if len(calls) > 1:  # the first is of the empty file at the start
            raise FULL
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        summary = run_samples(plan)
    assert (summary.ok, summary.exit_code) == (3, 1)
    assert "poses.json: cannot be written (No space left on device)" in summary.trouble
    assert read_poses(plan.output_dir) == []
    log.clear()
    assert run_samples(plan).skipped == 3
    assert (estimated(log), statuses_of(plan)) == ([], {"a_1": "ok", "a_2": "ok", "b": "ok"})
    assert temporary_files(plan) == []


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_starts(plan, monkeypatch, log, code):
    def fail(path, *arguments, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("camera_estimation.io.folder_lock.os.open", fail)
    with pytest.raises(InputError, match=rf"out: cannot be written \({os.strerror(code)}\); "):
        run_samples(plan)
    assert log == []


def test_an_input_that_vanishes_costs_its_sample_alone(samples, plan, monkeypatch, behavior, log):
    class VanishingEstimator(stub_estimator(behavior, log)):
        def estimate(self, image, **options):
            samples[1].image_path.unlink(missing_ok=True)
            return super().estimate(image, **options)

    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", VanishingEstimator)
    summary = run_samples(plan)
    assert (summary.ok, summary.failed) == (2, 1)
    assert "a_2.png" in failures(plan)["a_2"]
    write_disc(samples[1].image_path)
    assert run_samples(plan).ok == 1


def test_an_input_that_is_no_file_costs_its_sample_alone(samples, plan):
    samples[1].image_path.unlink()
    samples[1].image_path.mkdir()
    assert run_samples(plan).failed == 1
    assert "a_2.png" in failures(plan)["a_2"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser reads everything")
def test_an_input_that_must_not_be_read_costs_its_sample_alone(samples, plan):
    samples[1].image_path.chmod(0)
    assert run_samples(plan).failed == 1
    assert "a_2.png" in failures(plan)["a_2"]


def test_a_clock_that_jumps_changes_nothing(plan, monkeypatch):
    now = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    assert run_samples(plan).ok == 3
    assert all(value >= 0 for entry in read_poses(plan.output_dir) for value in entry["seconds"].values())


def test_what_a_killed_run_has_left_is_taken_away(plan):
    run_samples(plan)
    (plan.output_dir / ".lock").write_text("")
    left = [plan.output_dir / "a_1" / ".camera.json.4194305.tmp", plan.output_dir / ".poses.json.4194305.tmp"]
    for path in left:
        path.write_text("{")
    assert run_samples(plan).skipped == 3
    assert [path.exists() for path in left] == [True, True]  # an empty lock is of a process that has not begun
    (plan.output_dir / ".lock").write_text('{"pid": 4194305, "host": "gone", "since": "2026-01-01"}')
    assert run_samples(plan).skipped == 3
    assert temporary_files(plan) == []


def test_changed_inputs_and_settings_are_told_and_done_again(samples, plan, log, capfd):
    run_samples(plan)
    write_disc(samples[0].image_path, radius=10)
    samples[2].mesh_path.write_bytes(samples[2].mesh_path.read_bytes() + b" " * 4)
    log.clear()
    capfd.readouterr()
    assert run_samples(plan).skipped == 1
    assert estimated(log) == ["a_1.png", "b.png"]
    err = capfd.readouterr().err
    assert "2 finished samples are out of date and estimated again; changed: image of 1, mesh of 1" in err
    assert run_samples(plan).skipped == 3
    other = replace(plan, config=merge_settings(SMALL_CONFIG, {"seed": 3}))
    assert run_samples(other).ok == 3
    assert "3 finished samples are out of date and estimated again; changed: settings of 3" in capfd.readouterr().err


def test_lines_of_json_are_all_that_stdout_has(samples, tmp_path, behavior, capfd):
    behavior["b"] = InputError("b.png: has no mask; give one")
    flags = [
        "--input_dir",
        tmp_path / "in",
        "--output_dir",
        tmp_path / "out",
        "--device",
        "cpu",
        "--no_pictures",
        "--json",
    ]
    (tmp_path / "in" / "a_1.png").rename(tmp_path / "in" / "a.png")
    with pytest.raises(SystemExit, match="1"):
        main([*map(str, flags), "--export", "colmap"])
    captured = capfd.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [(line["name"], line["status"], line["error"]) for line in lines] == [
        *(("a", "ok", None), ("a_2", "ok", None), ("b", "failed", "b.png: has no mask; give one"))
    ]
    assert lines == json.loads((tmp_path / "out" / "poses.json").read_text())["poses"]
    assert "2 ok (2 good), 1 failed, 0 skipped; results in" in captured.err
    assert "colmap: " in captured.err


@pytest.mark.parametrize("other", ["--overwrite", "--record"])
def test_failed_samples_and_all_or_a_new_run_contradict(tmp_path, samples, other, capfd):
    with pytest.raises(SystemExit, match="2"):
        main(["--input_dir", str(tmp_path / "in"), "--retry_failed", other])
    assert "--retry_failed estimates what failed in an earlier run, --" in capfd.readouterr().err


def test_a_folder_that_is_taken_away_ends_the_run_at_once(samples, plan, behavior, log, tmp_path, monkeypatch):
    moved = tmp_path / "moved"
    run_samples(replace(plan, samples=samples[:1]))

    class MovingEstimator(stub_estimator(behavior, log)):
        def estimate(self, image, **options):
            if image.path.stem == "a_2":
                plan.output_dir.rename(moved)
            return super().estimate(image, **options)

    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", MovingEstimator)
    summary = run_samples(plan)
    assert "was removed or replaced by others while it was being written; leave its folder alone" in summary.trouble
    assert (summary.ok, summary.left, summary.exit_code) == (0, 2, 1)
    assert {entry["name"] for entry in read_poses(moved)} == {"a_1"}
    assert not [path.name for path in plan.output_dir.iterdir() if path.is_file()]
