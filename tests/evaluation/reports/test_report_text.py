from __future__ import annotations

import pytest

from camera_estimation.evaluation.reports import report_text
from camera_estimation.evaluation.reports.report_text import number_text, report_lines, sample_rows
from camera_estimation.evaluation.run_evaluation import evaluate_runs
from tests.support.runs import judged_run, judged_sample


def test_worst_come_first_and_are_marked():
    run = judged_run("run", judged_sample("good", 1, 0.01), judged_sample("none", None), judged_sample("bad", 90, 0.5))
    assert [sample.name for sample in run.worst_first()] == ["none", "bad", "good"]
    assert [(row[0], row[-1]) for row in sample_rows(run)] == [("bad", "<-"), ("good", "")]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (100.0, "100"), (97.916, "97.9"), (0.0461, "0.0461"), (3e-9, "3e-09"), (1234.5, "1234")],
)
def test_numbers_have_three_digits(value, text):
    assert number_text(value) == text


def test_of_very_many_samples_the_worst_are_listed_and_the_others_told(monkeypatch):
    monkeypatch.setattr(report_text, "MOST_ROWS", 3)
    samples = [judged_sample(f"turned_by_{angle}", angle, angle / 100) for angle in range(10, 60, 10)]
    samples += [judged_sample(f"none_{number}", None) for number in range(5)]
    text = "\n".join(report_lines(evaluate_runs([judged_run("run", *samples)]), explain=False))
    assert [angle for angle in range(10, 60, 10) if f"turned_by_{angle}" in text] == [30, 40, 50]
    assert text.count("and 2 more: evaluation.csv has all") == 2
    assert "no pose: none_2" in text
    assert "none_3" not in text
