"""Loading networks through libraries that print, warn and draw random numbers while they do."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import torch


@contextmanager
def quiet_loading() -> Iterator[None]:
    """No output, no warnings, and torch's random state as it was, so that results do not depend on what was loaded."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        yield
