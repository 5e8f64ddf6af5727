from __future__ import annotations

import pytest
from hypothesis import given, strategies

from camera_estimation.io import parse_whole


@given(strategies.integers(0, 10**18 - 1))
def test_what_is_written_is_read(number):
    assert parse_whole(str(number)) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", " 1", "1e3", "²", "9" * 19, "1" * 5000])
def test_all_else_is_none(text):
    assert parse_whole(text) is None
