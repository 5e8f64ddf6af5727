from __future__ import annotations

import pytest
from scipy.stats import binomtest

from camera_estimation.evaluation.reports.report_text import sample_rows, summary_rows
from camera_estimation.evaluation.statistics.summary import summarize
from tests.support.runs import judged_run, judged_sample


def values_of(run):
    return {statistic.key: statistic.value for statistic in summarize(run)}


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


def test_run_without_any_pose():
    run = judged_run("run", judged_sample("a", None), judged_sample("b", None))
    values = values_of(run)
    assert values["within_5deg_5pct"] == 0
    assert values["median_add_pct"] is None
    assert sample_rows(run) == []
    assert summary_rows([summarize(run)], [run])[1] == ["without a pose", "2", ""]


@pytest.mark.parametrize("solved", [0, 3, 8])
def test_rates_have_the_intervals_of_wilson(solved):
    """Also where all or none succeed; beside scipy's."""
    run = judged_run("run", *(judged_sample(str(index), 0.5 if index < solved else None) for index in range(8)))
    (rate,) = [statistic for statistic in summarize(run) if statistic.key == "within_15deg"]
    expected = binomtest(solved, 8).proportion_ci(method="wilson")
    assert rate.bounds == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-9)
    assert rate.value == 100 * solved / 8
    assert rate.bounds[1] - rate.bounds[0] > 30
