from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.evaluation.statistics.bootstrap import count_draws, describe_draws, interval


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


def test_of_how_many_draws_an_interval_is_told():
    assert [count_draws(samples) for samples in (0, 10_000, 20_000, 10**6)] == [4000, 4000, 2000, 400]
    assert describe_draws(10_000) == "bootstrap over samples, 4000 draws"
    assert (
        describe_draws(50_000) == "bootstrap over samples, 4000 draws, fewer of more than 10000 samples: 800 of 50000"
    )
