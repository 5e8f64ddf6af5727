"""What is compiled is told once, to whom the program says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from camera_estimation.io import note_compilation, tell_of_compilation


@pytest.fixture
def lines() -> Iterator[list[str]]:
    told: list[str] = []
    tell_of_compilation(told.append)
    yield told
    tell_of_compilation(None)


def test_each_thing_is_told_once(lines):
    for what in ("the drawing", "the drawing", "the masks"):
        note_compilation(what, "a minute")
    assert lines == [
        "compiling the drawing for this machine: this takes a minute, and is kept for later runs",
        "compiling the masks for this machine: this takes a minute, and is kept for later runs",
    ]


def test_a_library_tells_nobody(lines, capfd):
    tell_of_compilation(None)
    note_compilation("the drawing", "a minute")
    assert lines == []
    assert capfd.readouterr() == ("", "")
