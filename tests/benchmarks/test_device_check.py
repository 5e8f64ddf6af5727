"""The report about a GPU: what is in it, and what is said where there is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import torch

from benchmarks import device_check
from benchmarks.device_check import Outcome, main, run_program, write_report

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_cuda.sh"
MACHINE = [("GPU", "one that is made up"), ("driver", "1.2.3")]


def test_without_a_device_one_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main([]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert said[0].startswith("error: ")
    assert "no CUDA device" in said[0]


@pytest.mark.parametrize("failed", [False, True])
def test_a_report_says_what_failed_and_holds_all_tables(tmp_path, monkeypatch, capsys, failed):
    outcomes = [
        Outcome("Tests", failed, "```\n21 passed\n```"),
        Outcome("Rendering, cuda", False, "| a |\n|---|\n| 1 |"),
    ]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(device_check, "describe_machine", lambda: MACHINE)
    monkeypatch.setattr(device_check, "check_device", lambda folder, full: outcomes)
    assert main(["--output_dir", str(tmp_path / "new")]) == failed
    report = (tmp_path / "new" / "report.md").read_text()
    assert ("Failed: Tests." if failed else "All passed.") in report
    assert report in capsys.readouterr().out
    for part in ("GPU: one that is made up", "driver: 1.2.3", "## Tests", "21 passed", "## Rendering, cuda", "| 1 |"):
        assert part in report


def test_a_program_that_fails_says_why(capsys):
    outcome = run_program("Nothing", ["json.tool", "--no_such_flag"])
    assert outcome.failed
    assert "--no_such_flag" in outcome.text


def test_tables_are_read_from_files(tmp_path, capsys):
    (tmp_path / "table.md").write_text("| 5 ms |\n")
    assert run_program("Time", ["json.tool", "-h"], tmp_path / "table.md").text == "| 5 ms |"
    assert "usage" in run_program("Time", ["json.tool", "-h"], tmp_path / "none.md").text


def test_all_is_run_on_the_device_and_on_the_cpu(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        device_check, "run_program", lambda title, arguments, table=None: asked.append((title, arguments, table))
    )
    device_check.check_device(tmp_path, full=False)
    assert [title for title, _, _ in asked] == [
        "Tests",
        *("Rendering, cuda", "Estimates, cuda", "Rendering, cpu", "Estimates, cpu"),
    ]
    assert all(str(table.parent) in arguments for _, arguments, table in asked[1:])
    write_report(tmp_path / "report.md", MACHINE, [])


def test_the_script_is_correct():
    subprocess.run(["bash", "-n", str(SCRIPT)], check=True)
