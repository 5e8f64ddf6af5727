"""Why an objective failed, in one line."""

from __future__ import annotations

import torch

from camera_estimation.errors import LONGEST, InputError, internal_error


def reason_of(error: Exception) -> str:
    """For the entry of a sample, and for people."""
    if isinstance(error, InputError):
        return " ".join(str(error).split())
    if is_lack_of_memory(error):
        message = " ".join(str(error).split())[:LONGEST]
        return (
            f"not enough memory ({message or type(error).__name__}); set a smaller loss.resolution or another --device"
        )
    return internal_error(error)


def is_lack_of_memory(error: Exception) -> bool:
    """Python's, the device's, or what torch says where the processor's memory ends."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)
