from __future__ import annotations

import io
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


def test_a_reader_that_is_gone_is_told_of_once(capsys, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    with keep_stdout_for_lines() as lines:
        assert lines.is_read
        lines.write("{}")
        lines.write("{}")
        assert not lines.is_read
    told = "stdout: Broken pipe; the run ends after what runs, for nobody reads its lines\n"
    assert capsys.readouterr().err == told


def test_lines_for_nobody_are_refused_at_once(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(InputError, match="--json writes lines to stdout, which is closed"), keep_stdout_for_lines():
        pass
