from __future__ import annotations

import pytest

from camera_estimation.batch.outcome import RunSummary
from camera_estimation.errors import internal_error

VERDICTS = {"good": 2, "doubtful": 0, "wrong": 1}


@pytest.mark.parametrize(
    ("summary", "code", "text"),
    [
        (RunSummary(3, 0, 1, False), 0, "3 ok, 0 failed, 1 skipped"),
        (RunSummary(3, 1, 0, False), 1, "3 ok, 1 failed, 0 skipped"),
        (RunSummary(3, 0, 0, False, VERDICTS), 0, "3 ok (2 good, 1 wrong), 0 failed, 0 skipped"),
        (RunSummary(1, 1, 0, True), 130, "interrupted: 1 ok, 1 failed, 0 skipped"),
        (RunSummary(1, 0, 0, True, signal=15), 143, "interrupted: 1 ok, 0 failed, 0 skipped"),
        (RunSummary(1, 0, 0, False, trouble="full"), 1, "1 ok, 0 failed, 0 skipped"),
    ],
)
def test_how_a_run_ended(summary, code, text):
    assert (summary.exit_code, str(summary)) == (code, text)


def test_unexpected_errors_are_one_short_line():
    assert internal_error(ValueError("a\n b")) == "internal error: ValueError: a b"
    assert internal_error(MemoryError()) == "internal error: MemoryError"
    assert len(internal_error(ValueError("x" * 1000))) < 350
