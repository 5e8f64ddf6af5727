"""Paths as arguments: URLs of cloud storage where inputs may lie there, and a line where they may not."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click
import pytest

from camera_estimation.cli.options import FOLDER_OR_FILE, LOCAL_PATH, OutputFolder
from camera_estimation.io import ObjectPath

URL = "s3://bucket/out"
ELSEWHERE = f"{URL}: is in cloud storage, and this is read from folders of this machine alone; copy it here first"


def test_inputs():
    assert FOLDER_OR_FILE.convert("s3a://bucket/a.glb", None, None) == ObjectPath("s3://bucket/a.glb")
    path = FOLDER_OR_FILE.convert("a/b.glb", None, None)
    assert (type(path), path) == (type(Path()), Path("a/b.glb"))
    with pytest.raises(click.BadParameter, match="no name of a bucket"):
        FOLDER_OR_FILE.convert("s3://user@host/a", None, None)


@pytest.mark.parametrize("kind", [LOCAL_PATH, OutputFolder()])
@pytest.mark.parametrize("url", [URL, "gs://b/a", "http://h/a", "s3://user@host//a", Path(URL)])
def test_what_is_of_this_machine(kind, url):
    with pytest.raises(click.BadParameter, match="is in cloud storage"):
        kind.convert(url, None, None)
    assert kind.convert("a/b", None, None) == Path("a/b")


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("export", [URL, "--format", "csv"]),
        ("merge", [URL]),
        ("evaluate", ["--poses", URL, "--ground_truth", "truth"]),
        ("insert", [URL, "--object", "a.glb"]),
        ("studio", ["--input_dir", URL]),
        ("estimate", ["--demo", "--loss_file", URL]),
        ("estimate", ["--demo", "--resume_from", URL]),
        ("compare", ["--demo", "--loss_file", URL]),
    ],
)
def test_commands_tell_what_must_be_here(command, arguments, capsys):
    with pytest.raises(SystemExit) as ending:
        import_module(f"camera_estimation.cli.{command}").main(arguments)
    assert ending.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(ELSEWHERE)


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        *((name, "--output_dir") for name in ("estimate", "masks", "evaluate", "export", "merge", "insert", "studio")),
        ("compare", "--output_base_dir"),
    ],
)
def test_results_are_written_here(command, flag, capsys):
    with pytest.raises(SystemExit) as ending:
        import_module(f"camera_estimation.cli.{command}").main([flag, URL])
    assert ending.value.code == 2
    assert f"{URL}: is in cloud storage, and results are written on this machine" in capsys.readouterr().err
