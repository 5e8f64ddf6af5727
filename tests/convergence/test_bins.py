from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.convergence._bins import equal_count_bins, wilson_interval


def test_bins_hold_as_many_starts_each():
    errors = np.array([90.0, 10.0, 30.0, 20.0, 120.0, 40.0])
    converged = np.array([False, True, False, True, False, True])
    first, second, third = equal_count_bins(errors, converged, 3)
    assert (first.low, first.high, first.middle, first.count, first.converged) == (10, 20, 15, 2, 2)
    assert (second.low, second.high, second.count, second.converged, second.share) == (30, 40, 2, 1, 0.5)
    assert (third.low, third.high, third.share) == (90, 120, 0)
    assert first.interval == pytest.approx(wilson_interval(2, 2))


def test_counts_that_do_not_divide_and_few_starts():
    errors = np.arange(7.0)
    assert [item.count for item in equal_count_bins(errors, errors < 3, 3)] == [3, 2, 2]
    assert [item.count for item in equal_count_bins(errors, errors < 3)] == [7]
    assert len(equal_count_bins(np.arange(1000.0), np.ones(1000, dtype=bool))) == 12
    assert [item.count for item in equal_count_bins(np.array([5.0]), np.array([True]))] == [1]


@pytest.mark.parametrize(
    ("successes", "count", "expected"),
    # As tabulated for Wilson's interval without continuity correction.
    [(5, 10, (0.2366, 0.7634)), (0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (81, 263, (0.2553, 0.3662))],
)
def test_wilson_interval(successes, count, expected):
    assert wilson_interval(successes, count) == pytest.approx(expected, abs=1e-4)
