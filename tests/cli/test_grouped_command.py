"""What all commands have in common."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import click
import pytest
from click.testing import CliRunner

from camera_estimation.cli.grouped_command import GroupedCommand


@pytest.mark.parametrize(("columns", "widest"), [(140, 140), (300, 160)])
def test_help_takes_the_width_of_the_terminal(columns, widest):
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "-h"]
    environment = {**os.environ, "COLUMNS": str(columns)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("  camera-")]  # examples are not wrapped
    assert widest - 15 < max(map(len, lines)) <= widest


def test_ctrl_c_is_one_line():
    @click.command(cls=GroupedCommand)
    def slow() -> None:
        raise KeyboardInterrupt

    result = CliRunner().invoke(slow, [])
    assert result.exit_code == 130
    assert result.output.strip() == "interrupted; files that were written are whole"


def test_paths_that_are_no_text_are_one_line():
    @click.command(cls=GroupedCommand)
    @click.argument("path")
    def use(path: str) -> None:
        raise AssertionError(path)

    result = CliRunner().invoke(use, [os.fsdecode(b"in/b\xff.glb")])
    assert result.exit_code == 2
    assert result.output.strip() == r"Error: in/b\udcff.glb: is no UTF-8 text; rename the file or folder"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ImportError("libtorch_cpu.so: failed to map\nsegment"), "(libtorch_cpu.so: failed to map segment)"),
        (MemoryError(), "memory is short; allow more memory"),
    ],
)
def test_too_little_memory_for_libraries_is_one_line(error, told):
    @click.command(cls=GroupedCommand)
    def load() -> None:
        raise error

    result = CliRunner().invoke(load, [])
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert told in result.output
    assert len(result.output.splitlines()) == 1


def test_of_a_library_that_tells_a_page_the_cause_is_told():
    @click.command(cls=GroupedCommand)
    def load() -> None:
        try:
            raise ImportError("libblas.so: failed to map segment")
        except ImportError as error:
            raise ImportError("IMPORTANT: READ THIS " * 100) from error

    assert CliRunner().invoke(load, []).output.startswith("Error: a library cannot be loaded (libblas.so: failed")


def test_an_interrupted_call_leaves_the_program_that_made_it_running(capsys):
    @click.command(cls=GroupedCommand)
    def command():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as left:
        command.main([])
    assert left.value.code == 130
    assert "interrupted; files that were written are whole" in capsys.readouterr().err
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
