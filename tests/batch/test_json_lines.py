from __future__ import annotations

import io
import sys

import click

from camera_estimation.batch.json_lines import keep_stdout_for_lines


def test_only_lines_go_to_stdout(capsys):
    with keep_stdout_for_lines() as tell:
        print("told")
        click.echo("told too")
        tell('{"name": "ä"}')
    print("afterwards")
    captured = capsys.readouterr()
    assert captured.out == '{"name": "ä"}\nafterwards\n'
    assert captured.err == "told\ntold too\n"


def test_a_reader_that_is_gone_is_told_of_once(capsys, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    with keep_stdout_for_lines() as tell:
        tell("{}")
        tell("{}")
    assert capsys.readouterr().err == "stdout: Broken pipe; further results are in the output folder only\n"
