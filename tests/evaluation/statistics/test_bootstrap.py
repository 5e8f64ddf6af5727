from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.evaluation.statistics.bootstrap import interval


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


def test_of_very_many_values_fewer_draws_say_as_much():
    values = np.random.default_rng(2).normal(size=100_000)
    low, high = interval(values, np.mean)
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(len(values)), rel=0.15)
