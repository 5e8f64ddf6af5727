"""Which pictures of samples are written, and those that finished samples lack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.export.report._earlier_page import EarlierPage
from camera_estimation.results.pose_file import read_poses
from camera_estimation.results.sample_files import sample_file_names
from tests.support.small_runs import forget_inputs, pictured_plan_in, statuses_of

pytestmark = pytest.mark.usefixtures("stubbed")


@pytest.fixture
def plan(tmp_path, samples):
    return pictured_plan_in(tmp_path, samples)


def with_pictures(plan, pictures):
    return replace(plan, config=merge_settings(plan.config, {"pictures": pictures}))


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
    assert "drawing from their poses the pictures of 3 finished samples" in capfd.readouterr().err
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
    assert statuses_of(plan) == {"a_1": "ok", "a_2": "ok", "b": "ok"}


def test_pictures_that_show_more_than_the_pose_are_of_a_new_estimate(plan, capfd):
    run_samples(with_pictures(plan, "none"))
    forget_inputs(plan)
    other = replace(plan, config=merge_settings(plan.config, {"seed": 3}))
    assert run_samples(other).ok == 3
    line = "a_1: estimated again for its pictures, as it was estimated with other settings"
    assert line in capfd.readouterr().err
