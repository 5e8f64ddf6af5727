from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.evaluation.reports.report_text import difference_lines
from camera_estimation.evaluation.statistics.paired import pairwise_difference
from tests.support.runs import judged_run, judged_sample


def test_paired_difference_on_common_samples():
    first = judged_run("first", judged_sample("a", 1.0), judged_sample("b", 40.0), judged_sample("x", 1.0))
    second = judged_run("second", judged_sample("b", 2.0), judged_sample("a", 3.0), judged_sample("y", None))
    paired = pairwise_difference(second, first)
    values = {statistic.key: statistic.value for statistic in paired.differences}
    assert paired.common == 2
    assert values["within_5deg_5pct"] == pytest.approx(50)
    assert values["rotation_error_deg"] == pytest.approx((2 - 38) / 2)
    assert paired.only_this_solves == ("b",)
    assert paired.only_reference_solves == ()
    lines = difference_lines(paired)
    assert lines[0] == "second against first, on 2 common samples:"
    assert "could be chance" in lines[1]
    assert lines[-2:] == ["  only second solves: b", "  only first solves: none"]


def test_paired_interval_is_narrower_than_the_runs_are_spread():
    errors = np.random.default_rng(0).exponential(5, size=40).tolist()
    first = judged_run("first", *(judged_sample(str(k), error) for k, error in enumerate(errors)))
    second = judged_run("second", *(judged_sample(str(k), error + 0.1) for k, error in enumerate(errors)))
    (difference,) = [item for item in pairwise_difference(second, first).differences if item.unit == "deg"]
    assert difference.bounds == pytest.approx((0.1, 0.1))


def test_runs_without_common_samples():
    paired = pairwise_difference(judged_run("b", judged_sample("y", 1)), judged_run("a", judged_sample("x", 1)))
    assert paired.common == 0
    assert all(statistic.value is None for statistic in paired.differences)
    assert "-" in difference_lines(paired)[1]
