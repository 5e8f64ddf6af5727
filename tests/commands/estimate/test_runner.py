from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import camera_estimation.estimation
from camera_estimation.batch.device_memory import HOST_ADVICE
from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics
from camera_estimation.errors import InputError
from camera_estimation.export.report._earlier_page import EarlierPage
from camera_estimation.results import sample_pictures
from camera_estimation.results.entry_paths import entry_in_file
from camera_estimation.results.pose_file import read_poses
from camera_estimation.results.pose_journal import PoseJournal
from camera_estimation.results.sample_files import is_complete, sample_file_names
from tests.support.given_poses import initial_poses
from tests.support.small_samples import camera_around_box, write_box, write_disc

CONFIG = merge_settings(Configuration(), {"device": "cpu"})


pytestmark = pytest.mark.usefixtures("stubbed")


@pytest.fixture
def plan(tmp_path, samples):
    command_line = ("camera-estimate", "--input_dir", "in")
    return EstimatePlan(config=CONFIG, samples=samples, output_dir=tmp_path / "out", command_line=command_line)


def statuses(plan):
    return {entry["name"]: entry["status"] for entry in read_poses(plan.output_dir)}


def run_json(plan):
    return json.loads((plan.output_dir / "run.json").read_text())


def test_writes_everything_for_every_sample(samples, plan):
    summary = run_samples(plan)
    assert (summary.ok, summary.failed, summary.skipped, summary.exit_code) == (3, 0, 0, 0)
    assert statuses(plan) == {"a_1": "ok", "a_2": "ok", "b": "ok"}
    for sample in samples:
        assert all((plan.output_dir / sample.name / name).is_file() for name in sample_file_names())
    assert sorted(path.name for path in plan.output_dir.iterdir()) == [
        *("a_1", "a_2", "b", "poses.csv", "poses.json", "report.html", "run.json")
    ]
    assert run_json(plan)["counts"] == {"ok": 3, "failed": 0, "skipped": 0, "not_started": 0}


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
    assert statuses(plan) == {"a_1": "ok", "a_2": "failed", "b": "ok"}
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
    assert statuses(plan) == {"a_1": "failed", "a_2": "ok", "b": "ok"}
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


def test_finished_samples_are_skipped(samples, plan, log, capfd):
    run_samples(replace(plan, samples=samples[:2]))
    log.clear()
    summary = run_samples(plan)
    assert (summary.ok, summary.skipped, summary.exit_code) == (1, 2, 0)
    assert ("a_1.png", None) not in log
    assert "skipping what is finished: 2 of 3;" in capfd.readouterr().err


def test_run_with_nothing_to_do_leaves_the_record_of_the_run_that_did_it(samples, plan):
    run_samples(plan)
    before = run_json(plan)
    run_samples(replace(plan, command_line=("another",)))
    assert run_json(plan) == before


def test_overwrite_estimates_again(samples, plan):
    run_samples(plan)
    assert run_samples(replace(plan, overwrite=True)).ok == 3


def test_failed_samples_are_tried_again(samples, plan, behavior):
    behavior["b"] = InputError("no")
    run_samples(plan)
    behavior.clear()
    summary = run_samples(plan)
    assert (summary.ok, summary.skipped) == (1, 2)


def test_sample_that_fails_now_loses_its_old_files(samples, plan, behavior):
    run_samples(plan)
    behavior["b"] = InputError("no")
    run_samples(replace(plan, overwrite=True))
    assert not (plan.output_dir / "b").exists()


@pytest.mark.parametrize("change", ["file gone", "other loss", "other image", "other mesh"])
def test_result_of_something_else_is_not_finished(samples, plan, tmp_path, change):
    sample, config = samples[0], CONFIG
    run_samples(replace(plan, samples=[sample], config=config))
    if change == "file gone":
        (plan.output_dir / "a_1" / "stages.json").unlink()
    elif change == "other loss":
        config = merge_settings(config, {"loss": {"name": "l1l2"}})
    elif change == "other image":
        sample = replace(sample, image_path=write_disc(tmp_path / "elsewhere" / "a_1.png"))
    else:
        sample = replace(sample, mesh_path=write_box(tmp_path / "elsewhere" / "a.glb"))
    assert run_samples(replace(plan, samples=[sample], config=config)).ok == 1


def forget_inputs(plan):
    """As earlier versions wrote it."""
    path = plan.output_dir / "poses.json"
    tree = json.loads(path.read_text())
    for entry in tree["poses"]:
        del entry["inputs"]
    path.write_text(json.dumps(tree))


def with_pictures(plan, pictures):
    return replace(plan, config=merge_settings(CONFIG, {"pictures": pictures}))


def files_of(plan, name):
    return sorted(path.name for path in (plan.output_dir / name).iterdir())


@pytest.mark.parametrize("pictures", ["none", "overlay"])
def test_fewer_pictures_are_written_and_none_of_an_earlier_pose_is_left(plan, pictures):
    run_samples(plan)
    fewer = with_pictures(plan, pictures)
    assert run_samples(fewer).skipped == 3
    assert files_of(plan, "a_1") == sorted(sample_file_names())
    assert run_samples(replace(fewer, overwrite=True)).ok == 3
    assert files_of(plan, "a_1") == sorted(sample_file_names(pictures))
    page = EarlierPage(plan.output_dir / "report.html")
    shown = [name for name, _ in page.pictures(read_poses(plan.output_dir))]
    assert shown == ([] if pictures == "none" else ["a_1", "a_2", "b"])
    if pictures == "none":
        assert (plan.output_dir / "report.html").read_text().count("its pictures were not written") == 3


def test_no_pictures_draw_nothing(plan, monkeypatch):
    monkeypatch.setattr("camera_estimation.results.sample_pictures.render_camera", None)
    assert run_samples(with_pictures(plan, "none")).ok == 3


def test_pictures_of_finished_samples_are_drawn_from_their_poses(plan, log, capfd, tmp_path):
    run_samples(with_pictures(plan, "none"))
    before, log[:] = read_poses(plan.output_dir), []
    summary = run_samples(plan)
    assert (summary.ok, summary.failed, summary.skipped) == (0, 0, 3)
    assert not any(isinstance(item, tuple) for item in log)  # nothing was estimated
    assert "drawing pictures of 3 finished samples from their poses" in capfd.readouterr().err
    assert read_poses(plan.output_dir) == before
    shown = [name for name, _ in EarlierPage(plan.output_dir / "report.html").pictures(before)]
    assert shown == ["a_1", "a_2", "b"]
    at_once = replace(plan, output_dir=tmp_path / "at_once")
    run_samples(at_once)
    for name in ("render.png", "overlay.png", "mask.png"):
        drawn, straight = ((each.output_dir / "a_1" / name).read_bytes() for each in (plan, at_once))
        assert drawn == straight


def test_pictures_that_cannot_be_drawn_cost_no_pose(plan, samples, capfd):
    run_samples(with_pictures(plan, "none"))
    samples[1].image_path.unlink()
    summary = run_samples(plan)
    assert (summary.failed, summary.skipped) == (1, 2)
    assert "FAILED pictures of a_2: " in capfd.readouterr().err
    assert statuses(plan) == {"a_1": "ok", "a_2": "ok", "b": "ok"}


def test_pictures_that_show_more_than_the_pose_are_of_a_new_estimate(plan, capfd):
    run_samples(with_pictures(plan, "none"))
    forget_inputs(plan)
    other = replace(plan, config=merge_settings(CONFIG, {"seed": 3}))
    assert run_samples(other).ok == 3
    line = "a_1: estimated again for its pictures, as it was estimated with other settings"
    assert line in capfd.readouterr().err


def test_what_cannot_be_written_is_the_failure_of_its_sample(plan, monkeypatch, capfd):
    write = sample_pictures.write_pictures

    def fail(folder, drawn, entry):
        if folder.name == "a_2":
            raise InputError("overlay.png: cannot be written (full)")
        return write(folder, drawn, entry)

    monkeypatch.setattr("camera_estimation.results.sample_files.write_pictures", fail)
    summary = run_samples(plan)
    assert (summary.ok, summary.failed) == (2, 1)
    assert statuses(plan) == {"a_1": "ok", "a_2": "failed", "b": "ok"}
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


def test_results_of_earlier_versions_are_kept_and_other_settings_told(samples, plan, capfd):
    run_samples(plan)
    forget_inputs(plan)
    assert run_samples(replace(plan, config=merge_settings(CONFIG, {"seed": 3}))).skipped == 3
    assert "3 of 3 (3 with other settings)" in capfd.readouterr().err


def test_whether_views_are_kept_on_disk_is_no_other_setting(samples, plan, capfd):
    run_samples(plan)
    run_samples(replace(plan, config=merge_settings(CONFIG, {"search": {"cache": False}})))
    assert "other settings" not in capfd.readouterr().err


def test_what_estimators_remark_is_told_once(samples, plan, monkeypatch, capfd):
    monkeypatch.setattr(camera_estimation.estimation.CameraEstimator, "remarks", ("views cannot be kept",))
    assert run_samples(plan).ok == 3
    assert capfd.readouterr().err.count("views cannot be kept") == 1


def test_samples_of_earlier_runs_stay_in_the_order_of_names(samples, plan):
    run_samples(replace(plan, samples=samples[:1]))
    run_samples(replace(plan, samples=samples[1:]))
    assert list(statuses(plan)) == ["a_1", "a_2", "b"]


def test_interruption_leaves_valid_files(samples, plan, behavior):
    behavior["a_2"] = KeyboardInterrupt()
    summary = run_samples(plan)
    assert (summary.ok, summary.interrupted, summary.exit_code) == (1, True, 130)
    assert statuses(plan) == {"a_1": "ok"}
    assert run_json(plan)["interrupted"] is True
    assert run_json(plan)["counts"]["not_started"] == 2
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


def test_a_report_that_cannot_be_made_costs_the_run_a_line(plan, monkeypatch, capsys):
    def fail(*arguments):
        raise OSError("no space left")

    monkeypatch.setattr("camera_estimation.commands.estimate._run_report.write_run_page", fail)
    assert run_samples(plan).ok == 3
    assert "report.html: it could not be written (internal error: OSError: no space left)" in capsys.readouterr().err


def test_pictures_that_cannot_be_shown_cost_the_sample_nothing(plan, monkeypatch, capsys):
    def fail(*arguments):
        raise ValueError("odd pixels")

    monkeypatch.setattr("camera_estimation.export.report.collector.encode_pictures", fail)
    assert run_samples(plan).ok == 3
    assert "report.html: a_1: is without pictures in it" in capsys.readouterr().err
    assert (plan.output_dir / "report.html").is_file()


def test_a_run_that_goes_on_keeps_the_earlier_samples_in_its_report(plan, samples):
    run_samples(replace(plan, samples=samples[:2]))
    first = EarlierPage(plan.output_dir / "report.html")
    run_samples(plan)
    page = EarlierPage(plan.output_dir / "report.html")
    entries = read_poses(plan.output_dir)
    assert [name for name, _ in page.pictures(entries)] == ["a_1", "a_2", "b"]
    assert dict(page.pictures(entries)).items() >= dict(first.pictures(entries)).items()


def test_a_run_in_which_all_fails_has_a_report(plan, behavior):
    behavior.update({name: InputError("shows nothing; give another") for name in ("a_1", "a_2", "b")})
    assert run_samples(plan).failed == 3
    text = (plan.output_dir / "report.html").read_text()
    assert text.count('"remedy":"give another"') == 3
    assert text.count('id="pictures-') == 3  # sources
