from __future__ import annotations

import errno
import io
import os
import sys

import click
import pytest

from camera_estimation.batch.json_lines import keep_stdout_for_lines
from camera_estimation.errors import InputError


def test_only_lines_go_to_stdout(capsys):
    with keep_stdout_for_lines() as lines:
        print("told")
        click.echo("told too")
        lines.write('{"name": "ä"}')
    print("afterwards")
    captured = capsys.readouterr()
    assert captured.out == '{"name": "ä"}\nafterwards\n'
    assert captured.err == "told\ntold too\n"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.EPIPE, "nobody reads its lines"),
        (errno.ENOSPC, "its lines would be lost"),
    ],
)
def test_lines_that_cannot_be_written_are_told_of_once(capsys, monkeypatch, code, why):
    class Closed(io.StringIO):
        def write(self, text):
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(sys, "stdout", Closed())
    with keep_stdout_for_lines() as lines:
        assert lines.is_read
        lines.write("{}")
        lines.write("{}")
        assert not lines.is_read
    assert capsys.readouterr().err == f"stdout: {os.strerror(code)}; the run ends after what runs, for {why}\n"


def test_lines_for_nobody_are_refused_at_once(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(InputError, match="--json writes lines to stdout, which is closed"), keep_stdout_for_lines():
        pass
