"""Loading networks through libraries that print, warn and draw random numbers while they do."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import torch

WEIGHTS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"  # of the environment: torch.load obeys it, whoever calls


@contextmanager
def quiet_loading() -> Iterator[None]:
    """No output, no warnings, and torch's random state as it was, so that results do not depend on what was loaded."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def load_tensors_alone() -> Iterator[None]:
    """Files of weights are read without their pickled objects, by libraries that do not ask for that too."""
    before = os.environ.get(WEIGHTS_ONLY)
    os.environ[WEIGHTS_ONLY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[WEIGHTS_ONLY]
        else:
            os.environ[WEIGHTS_ONLY] = before
