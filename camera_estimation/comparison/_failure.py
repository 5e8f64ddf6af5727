"""Why an objective failed, in one line."""

from __future__ import annotations

from camera_estimation.batch import memory_advice
from camera_estimation.errors import LONGEST, InputError, error_line, short_reason


def reason_of(error: Exception) -> str:
    """For the entry of a sample, and for people."""
    if memory_advice(error) is not None and not isinstance(error, InputError):
        return f"not enough memory ({short_reason(error, LONGEST)}); set a smaller loss.resolution or another --device"
    return error_line(error)
