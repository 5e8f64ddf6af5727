from __future__ import annotations

import pytest
import torch

from camera_estimation.comparison._failure import reason_of
from camera_estimation.errors import InputError


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (InputError("no\nweights"), "no weights"),
        (MemoryError(), "not enough memory (MemoryError)"),
        (torch.OutOfMemoryError("CUDA out of memory"), "not enough memory (CUDA out of memory)"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "not enough memory (Default"),
        (KeyError("x"), "internal error: KeyError: 'x'"),
    ],
)
def test_reasons_are_one_line(error, start):
    assert reason_of(error).startswith(start)
    assert "\n" not in reason_of(error)
