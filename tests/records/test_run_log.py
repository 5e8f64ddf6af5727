from __future__ import annotations

import re
import sys

import click
import pytest
from tqdm import tqdm

from camera_estimation.errors import InputError
from camera_estimation.records.run_log import tee_terminal

TIME = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ")


def logged_lines(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(TIME.match(line) for line in lines)
    return [TIME.sub("", line) for line in lines]


def test_lines_of_both_streams_are_logged_with_times(tmp_path, capsys):
    with tee_terminal(tmp_path / "log.txt"):
        click.echo("to stdout")
        click.echo("to stderr", err=True)
        sys.stderr.write("in two ")
        sys.stderr.write("parts\nand no end")
    click.echo("afterwards")
    assert logged_lines(tmp_path / "log.txt") == ["to stdout", "to stderr", "in two parts", "and no end"]
    shown = capsys.readouterr()
    assert shown.out == "to stdout\nafterwards\n"
    assert shown.err == "to stderr\nin two parts\nand no end"


def test_of_a_bar_only_its_end_is_logged(tmp_path, capsys):
    with tee_terminal(tmp_path / "log.txt"):
        bar = tqdm(total=2, file=sys.stderr, mininterval=0)
        bar.update()
        bar.write("said meanwhile", file=sys.stderr)
        bar.update()
        bar.close()
    said, end = logged_lines(tmp_path / "log.txt")
    assert said == "said meanwhile"
    assert end.startswith("100%")
    assert "1/2" in capsys.readouterr().err


def test_bad_input_is_the_last_line(tmp_path):
    with pytest.raises(InputError), tee_terminal(tmp_path / "log.txt"):
        raise InputError("mesh.glb: is broken")
    assert logged_lines(tmp_path / "log.txt") == ["Error: mesh.glb: is broken"]


def test_log_that_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match=r"log\.txt: cannot be written"), tee_terminal(tmp_path / "no" / "log.txt"):
        pass
