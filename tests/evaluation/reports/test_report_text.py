from __future__ import annotations

import pytest

from camera_estimation.evaluation.reports.report_text import number_text, sample_rows
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
