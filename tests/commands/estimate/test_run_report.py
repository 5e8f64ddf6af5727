"""The page of a run, which costs it a line where it cannot be made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.errors import InputError
from camera_estimation.export.report._earlier_page import EarlierPage
from camera_estimation.results.pose_file import read_poses
from tests.support.small_runs import pictured_plan_in

pytestmark = pytest.mark.usefixtures("stubbed")


@pytest.fixture
def plan(tmp_path, samples):
    return pictured_plan_in(tmp_path, samples)


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
