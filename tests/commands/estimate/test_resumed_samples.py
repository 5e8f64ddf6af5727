"""Which samples of an earlier run are finished, and which are estimated again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.errors import InputError
from tests.support.small_runs import forget_inputs, pictured_plan_in, read_run_record, statuses_of
from tests.support.small_samples import write_box, write_disc

pytestmark = pytest.mark.usefixtures("stubbed")


@pytest.fixture
def plan(tmp_path, samples):
    return pictured_plan_in(tmp_path, samples)


def test_finished_samples_are_skipped(samples, plan, log, capfd):
    run_samples(replace(plan, samples=samples[:2]))
    log.clear()
    summary = run_samples(plan)
    assert (summary.ok, summary.skipped, summary.exit_code) == (1, 2, 0)
    assert ("a_1.png", None) not in log
    assert "skipping what is finished: 2 of 3;" in capfd.readouterr().err


def test_run_with_nothing_to_do_leaves_the_record_of_the_run_that_did_it(samples, plan):
    run_samples(plan)
    before = read_run_record(plan)
    run_samples(replace(plan, command_line=("another",)))
    assert read_run_record(plan) == before


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
    sample, config = samples[0], plan.config
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


def test_results_of_earlier_versions_are_kept_and_other_settings_told(samples, plan, capfd):
    run_samples(plan)
    forget_inputs(plan)
    assert run_samples(replace(plan, config=merge_settings(plan.config, {"seed": 3}))).skipped == 3
    assert "3 of 3 (3 with other settings)" in capfd.readouterr().err


def test_whether_views_are_kept_on_disk_is_no_other_setting(samples, plan, capfd):
    run_samples(plan)
    run_samples(replace(plan, config=merge_settings(plan.config, {"search": {"cache": False}})))
    assert "other settings" not in capfd.readouterr().err


def test_samples_of_earlier_runs_stay_in_the_order_of_names(samples, plan):
    run_samples(replace(plan, samples=samples[:1]))
    run_samples(replace(plan, samples=samples[1:]))
    assert list(statuses_of(plan)) == ["a_1", "a_2", "b"]
