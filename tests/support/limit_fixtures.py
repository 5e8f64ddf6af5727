"""Limits of what is read, as a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest


@pytest.fixture
def own_limits() -> Iterator[Callable[..., None]]:
    """A function that sets limits by their names; all are as before after the test."""
    from camera_estimation.io import current_limits, use_limits

    before = current_limits()

    def change(**values: Any) -> None:
        use_limits(replace(current_limits(), **values))

    yield change
    use_limits(before)
