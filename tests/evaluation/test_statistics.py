"""Rates, averages, intervals and differences of runs."""

from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.evaluation.bootstrap import interval
from camera_estimation.evaluation.paired import pairwise_difference
from camera_estimation.evaluation.recall import CURVES, recall
from camera_estimation.evaluation.report import difference_lines, number_text, sample_rows, summary_rows, worst_first
from camera_estimation.evaluation.statistics import summary
from tests.support.runs import judged_run, judged_sample


def values_of(run):
    return {statistic.key: statistic.value for statistic in summary(run)}


def test_interval_covers_the_mean_as_often_as_it_says():
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        low, high = interval(generator.normal(3.0, 2.0, size=40), np.mean)
        covered += low <= 3.0 <= high
    assert 0.90 <= covered / 300 <= 0.98


def test_interval_is_the_same_each_time_and_holds_the_value():
    values = np.random.default_rng(1).exponential(size=30)
    assert interval(values, np.median) == interval(values, np.median)
    low, high = interval(values, np.median)
    assert low < np.median(values) < high


def test_interval_of_few_and_of_infinite_values():
    assert interval(np.array([1.0]), np.mean) is None
    assert interval(np.array([]), np.median) is None
    assert interval(np.array([1.0, np.inf, np.inf]), np.median) == (1.0, np.inf)


def test_failed_samples_count_in_rates_and_not_in_medians():
    run = judged_run(
        "run",
        judged_sample("a", 0.5, 0.005),
        judged_sample("b", 1.5, 0.015),
        judged_sample("c", 4.0, 0.04),
        judged_sample("d", 4.0, 0.06),
        judged_sample("e", None),
    )
    values = values_of(run)
    assert values["within_5deg_5pct"] == pytest.approx(60)
    assert values["within_2deg_2pct"] == pytest.approx(40)
    assert values["within_1deg_1pct"] == pytest.approx(20)
    assert values["within_15deg"] == pytest.approx(80)
    assert values["median_rotation_error_deg"] == pytest.approx((1.5 + 4) / 2)
    assert values["median_translation_error_pct"] == pytest.approx((1.5 + 4) / 2)
    assert values["median_seconds"] == pytest.approx(1.5)


def test_average_recall_by_hand():
    # Thresholds are 5, 10, ... 50 %: an error of 12 % is within 8 of the 10, one of 5 % within all.
    run = judged_run("run", judged_sample("a", 1, 0.12), judged_sample("b", 1, 0.05), judged_sample("c", None))
    assert values_of(run)["mssd_average_recall"] == pytest.approx(100 * (0.8 + 1 + 0) / 3)


def test_mspd_is_scaled_to_a_width_of_640():
    run = judged_run("run", judged_sample("a", 1, mspd=6.0, image_width=320))  # 12 px: within 8 of 10
    assert values_of(run)["mspd_average_recall"] == pytest.approx(80)


def test_recall_curves_rise_from_rotation_to_rotation():
    run = judged_run("run", judged_sample("a", 1.0), judged_sample("b", 30.0), judged_sample("c", None))
    (curve,) = [curve for curve in CURVES if curve.field == "rotation_deg"]
    found = dict(zip(curve.thresholds, recall(run, curve), strict=True))
    assert {share for angle, share in found.items() if angle < 0.99} == {0}
    assert {share for angle, share in found.items() if 1.01 < angle < 29} == {1 / 3}
    assert found[max(found)] == pytest.approx(2 / 3)


def test_run_without_any_pose():
    run = judged_run("run", judged_sample("a", None), judged_sample("b", None))
    values = values_of(run)
    assert values["within_5deg_5pct"] == 0
    assert values["median_add_pct"] is None
    assert sample_rows(run) == []
    assert summary_rows([summary(run)], [run])[1] == ["without a pose", "2", ""]


def test_worst_come_first_and_are_marked():
    run = judged_run("run", judged_sample("good", 1, 0.01), judged_sample("none", None), judged_sample("bad", 90, 0.5))
    assert [sample.name for sample in worst_first(run)] == ["none", "bad", "good"]
    assert [(row[0], row[-1]) for row in sample_rows(run)] == [("bad", "<-"), ("good", "")]


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


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (100.0, "100"), (97.916, "97.9"), (0.0461, "0.0461"), (3e-9, "3e-09"), (1234.5, "1234")],
)
def test_numbers_have_three_digits(value, text):
    assert number_text(value) == text
