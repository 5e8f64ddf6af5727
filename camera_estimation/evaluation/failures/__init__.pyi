from .explanation import FailureExplanation as FailureExplanation
from .failure_trace import (
    TracedSample as TracedSample,
    failure_trace_lines as failure_trace_lines,
    trace_failures as trace_failures,
)
