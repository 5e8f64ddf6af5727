"""Why an objective failed, in one line."""

from __future__ import annotations

import torch

from camera_estimation.errors import LONGEST, InputError, error_line, short_reason


def reason_of(error: Exception) -> str:
    """For the entry of a sample, and for people."""
    if is_lack_of_memory(error) and not isinstance(error, InputError):
        return f"not enough memory ({short_reason(error, LONGEST)}); set a smaller loss.resolution or another --device"
    return error_line(error)


def is_lack_of_memory(error: Exception) -> bool:
    """Python's, the device's, or what torch says where the processor's memory ends."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)
