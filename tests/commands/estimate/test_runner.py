from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import camera_estimation.estimation
from camera_estimation.batch.device_memory import HOST_ADVICE
from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics
from camera_estimation.errors import InputError
from camera_estimation.results import sample_pictures
from camera_estimation.results.entry_paths import entry_in_file
from camera_estimation.results.pose_file import read_poses
from camera_estimation.results.pose_journal import PoseJournal
from camera_estimation.results.sample_files import is_complete, sample_file_names
from tests.support.given_poses import initial_poses
from tests.support.small_runs import pictured_plan_in, read_run_record, statuses_of
from tests.support.small_samples import camera_around_box

pytestmark = pytest.mark.usefixtures("stubbed")


@pytest.fixture
def plan(tmp_path, samples):
    return pictured_plan_in(tmp_path, samples)


def test_writes_everything_for_every_sample(samples, plan):
    summary = run_samples(plan)
    assert (summary.ok, summary.failed, summary.skipped, summary.exit_code) == (3, 0, 0, 0)
    assert statuses_of(plan) == {"a_1": "ok", "a_2": "ok", "b": "ok"}
    for sample in samples:
        assert all((plan.output_dir / sample.name / name).is_file() for name in sample_file_names())
    assert sorted(path.name for path in plan.output_dir.iterdir()) == [
        *("a_1", "a_2", "b", "poses.csv", "poses.json", "report.html", "run.json")
    ]
    assert read_run_record(plan)["counts"] == {"ok": 3, "failed": 0, "skipped": 0, "not_started": 0}


def test_camera_json_is_the_entry_with_the_crop(samples, plan):
    run_samples(replace(plan, samples=samples[:1]))
    camera = json.loads((plan.output_dir / "a_1" / "camera.json").read_text())
    entry = entry_in_file(read_poses(plan.output_dir)[0], plan.output_dir / "a_1")
    assert {key: camera[key] for key in entry} == entry
    assert camera["crop"]["window"] == {"left": 4.0, "top": 2.0, "width": 32.0, "height": 32.0}
    assert camera["format"] == "camera-estimation/camera"


def test_images_of_one_mesh_load_it_once(samples, plan, log):
    run_samples(plan)
    assert [item for item in log if isinstance(item, str)] == ["a.glb", "b.glb"]


def test_intrinsics_reach_the_image_that_they_are_of(samples, plan, log):
    known = (50.0, 51.0, 24.0, 20.0)
    run_samples(replace(plan, intrinsics=KnownIntrinsics({"a_2.png": KnownCamera(known)})))
    assert [item for item in log if isinstance(item, tuple)] == [("a_1.png", None), ("a_2.png", known), ("b.png", None)]


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        (InputError("a_2.png: has no mask"), "FAILED a_2: a_2.png: has no mask"),
        (ZeroDivisionError("one\nline"), "FAILED a_2: internal error: ZeroDivisionError: one line"),
        (MemoryError(), f"FAILED a_2: {HOST_ADVICE}"),
    ],
)
def test_failure_is_one_line_and_the_others_go_on(samples, plan, behavior, capfd, trouble, line):
    behavior["a_2"] = trouble
    summary = run_samples(plan)
    assert (summary.ok, summary.failed, summary.exit_code) == (2, 1, 1)
    assert statuses_of(plan) == {"a_1": "ok", "a_2": "failed", "b": "ok"}
    assert f"FAILED a_2: {read_poses(plan.output_dir)[1]['error']}" == line
    lines = capfd.readouterr().err.splitlines()
    assert [text for text in lines if "FAILED" in text] == [line]
    assert not any("Traceback" in text for text in lines)
    assert not (plan.output_dir / "a_2").exists()


def test_a_pose_in_axes_of_opengl_is_told(samples, plan, log):
    flip = torch.diag(torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64))
    camera = camera_around_box(48, 40)
    turned = replace(camera, rotation=flip @ camera.rotation, translation=camera.translation @ flip)
    run_samples(replace(plan, initial=initial_poses({"a_1": turned}, Path("poses.json"))))
    assert statuses_of(plan) == {"a_1": "failed", "a_2": "ok", "b": "ok"}
    error = read_poses(plan.output_dir)[0]["error"]
    assert error.startswith("poses.json: 'a_1': world_to_camera puts the object behind the camera")
    assert "OpenGL" in error


def test_verbose_shows_the_traceback_and_the_stages(samples, plan, behavior, capfd):
    behavior["a_2"] = ZeroDivisionError()
    run_samples(replace(plan, verbose=True))
    text = capfd.readouterr().err
    assert "Traceback" in text
    assert "search 0.50, refine 0.25" in text


def test_quiet_says_errors_only(samples, plan, behavior, capfd):
    behavior["a_2"] = InputError("no")
    run_samples(replace(plan, quiet=True))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "FAILED a_2: no\n")


def test_says_a_plain_line_for_each_sample_where_there_is_no_terminal(samples, plan, capfd):
    run_samples(plan)
    lines = capfd.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["[1/3] a_1", "[2/3] a_2", "[3/3] b"]
    assert "silhouette_color 0.125, silhouette IoU 0.875" in lines[0]


def test_files_of_inputs_that_are_gone_fail_by_name(samples, plan):
    samples[0].mesh_path.unlink()
    samples[2].image_path.unlink()
    assert run_samples(plan).failed == 3
    errors = [entry["error"] for entry in read_poses(plan.output_dir)]
    assert "a.glb" in errors[0]
    assert "b.png" in errors[2]


def test_what_cannot_be_written_is_the_failure_of_its_sample(plan, monkeypatch, capfd):
    write = sample_pictures.write_pictures

    def fail(folder, drawn, entry):
        if folder.name == "a_2":
            raise InputError("overlay.png: cannot be written (full)")
        return write(folder, drawn, entry)

    monkeypatch.setattr("camera_estimation.results.sample_files.write_pictures", fail)
    summary = run_samples(plan)
    assert (summary.ok, summary.failed) == (2, 1)
    assert statuses_of(plan) == {"a_1": "ok", "a_2": "failed", "b": "ok"}
    assert "FAILED a_2: overlay.png: cannot be written (full)" in capfd.readouterr().err
    assert not (plan.output_dir / "a_2").exists()


def test_poses_json_names_no_sample_before_its_files_are_there(plan, monkeypatch):
    record, complete = PoseJournal.record, []

    def check(self, entry):
        complete.append(is_complete(plan.output_dir / entry["name"]))
        return record(self, entry)

    monkeypatch.setattr(PoseJournal, "record", check)
    run_samples(plan)
    assert complete == [True] * 3


def test_what_estimators_remark_is_told_once(samples, plan, monkeypatch, capfd):
    monkeypatch.setattr(camera_estimation.estimation.CameraEstimator, "remarks", ("views cannot be kept",))
    assert run_samples(plan).ok == 3
    assert capfd.readouterr().err.count("views cannot be kept") == 1


def test_interruption_leaves_valid_files(samples, plan, behavior):
    behavior["a_2"] = KeyboardInterrupt()
    summary = run_samples(plan)
    assert (summary.ok, summary.interrupted, summary.exit_code) == (1, True, 130)
    assert statuses_of(plan) == {"a_1": "ok"}
    assert read_run_record(plan)["interrupted"] is True
    assert read_run_record(plan)["counts"]["not_started"] == 2
    behavior.clear()
    assert run_samples(plan).skipped == 1


def test_results_do_not_depend_on_the_other_samples(samples, plan, tmp_path):
    run_samples(plan)
    alone = replace(plan, output_dir=tmp_path / "alone")
    run_samples(replace(alone, samples=samples[2:]))
    pose = {entry["name"]: entry["world_to_camera"] for entry in read_poses(plan.output_dir)}
    assert pose["b"] == read_poses(alone.output_dir)[0]["world_to_camera"]


def test_output_folder_with_a_broken_file_is_refused(samples, plan):
    plan.output_dir.mkdir()
    (plan.output_dir / "poses.json").write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        run_samples(plan)
