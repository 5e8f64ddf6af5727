"""python -m benchmarks: what is run and how, and the page of it all."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as command, catalog, host, own_process
from benchmarks.catalog import BENCHMARKS, Benchmark, find_benchmarks
from benchmarks.own_process import Outcome, run_benchmark
from benchmarks.page import BEGIN, END, html_page, markdown_page, write_documentation
from camera_estimation.errors import InputError

WRITES = """
import argparse, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--output_dir", type=pathlib.Path)
parser.add_argument("--quick", action="store_true")
parser.add_argument("--few", action="store_true")
arguments = parser.parse_args()
memory = b"x" * (200 * 2**20)
rows = ["| a & b | n |", "|---|---:|", f"| {arguments.quick} {arguments.few} | 1 |"]
(arguments.output_dir / "writes.md").write_text("\\n".join(rows))
(arguments.output_dir / "plot.png").write_bytes(b"PNG")
print("measured")
"""


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A folder of benchmarks in the place of the real one, which are run as scripts."""
    (tmp_path / "writes.py").write_text(WRITES)
    (tmp_path / "prints.py").write_text("print('7 ms')\n")
    (tmp_path / "fails.py").write_text("print('half')\nraise SystemExit('error: no such mesh')\n")
    benchmarks = (
        Benchmark("first", "One that writes", "writes", quick=("--few",)),
        Benchmark("second", "One that prints", "prints"),
        Benchmark("third", "One that fails", "fails"),
        Benchmark("fourth", "One that is not here", "absent"),
    )
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    monkeypatch.setattr(catalog, "BENCHMARKS", benchmarks)
    monkeypatch.setattr(own_process, "ROOT", tmp_path)
    of_module = Benchmark.command
    monkeypatch.setattr(
        Benchmark,
        "command",
        lambda self, *options: [str(self.file), *of_module(self, *options)[2:]],
    )
    return tmp_path


def test_all_entries_are_modules_with_a_main_that_write_into_a_folder():
    for benchmark in BENCHMARKS:
        if benchmark not in find_benchmarks(None):
            continue
        assert "def main(" in benchmark.file.read_text()
        flags = benchmark.command(Path("out"), False, "cpu")
        assert flags[:2] == ["-m", f"benchmarks.{benchmark.module}"]
        assert flags[flags.index("--output_dir") + 1] == "out"
        assert flags != benchmark.command(Path("out"), True, "cpu")


class ParsedError(Exception):
    """The flags are known."""


@pytest.mark.parametrize("name", [found.name for found in BENCHMARKS if found.file.is_file()])
def test_flags_of_entries_are_known_to_their_modules(name, monkeypatch, tmp_path):
    from importlib import import_module

    parse_known = argparse.ArgumentParser.parse_known_args

    def parse(parser, args=None, namespace=None):
        _, unknown = parse_known(parser, args, namespace)
        assert unknown == []
        raise ParsedError

    (benchmark,) = find_benchmarks([name])
    monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", parse)
    for quick in (False, True):
        with pytest.raises(ParsedError):
            import_module(f"benchmarks.{benchmark.module}").main(benchmark.command(tmp_path, quick, "cpu")[2:])


def test_unknown_names_are_refused_with_those_there_are(capsys):
    with pytest.raises(InputError, match=r"no benchmark 'face': .*faces"):
        find_benchmarks(["face"])
    assert command.main(["--only", "face"]) == 1
    assert capsys.readouterr().err.startswith("error: there is no benchmark 'face'")
    assert command.main(["--list"]) == 0
    assert "rendering" in capsys.readouterr().out


def test_benchmarks_whose_module_is_not_here_are_left_out(made):
    assert [benchmark.name for benchmark in find_benchmarks(None)] == ["first", "second", "third"]


def test_flags_are_given_where_there_are_such(made):
    first, second, _ = find_benchmarks(None)
    assert first.command(Path("out"), True, "cpu")[1:] == ["--few", "--output_dir", "out", "--quick"]
    assert second.command(Path("out"), True, "cpu")[1:] == []


def test_a_process_is_measured_as_a_whole(made, capfd):
    outcome = run_benchmark(find_benchmarks(["first"])[0], made / "out", quick=True, device="cpu")
    assert not outcome.failed
    assert outcome.text.endswith("| True True | 1 |")
    assert [path.name for path in outcome.pictures] == ["plot.png"]
    assert "measured" in capfd.readouterr().out
    if hasattr(os, "wait4"):
        assert outcome.peak_gib > 0.19


def test_what_a_benchmark_prints_is_its_section_where_it_writes_none_or_fails(made):
    _, second, third = (run_benchmark(found, made / found.name, False, "cpu") for found in find_benchmarks(None))
    assert second.text == "```\n7 ms\n```"
    assert third.failed
    assert "error: no such mesh" in third.text


def test_one_page_holds_everything_even_when_one_fails(made, capsys):
    (made / "docs.md").write_text(f"# Title\n\nText.\n\n{BEGIN}\nold\n{END}\n\nMore.\n")
    arguments = ["--quick", "--output_dir", str(made / "out"), "--write_docs", str(made / "docs.md")]
    assert command.main(arguments) == 1
    page = (made / "out" / "benchmarks.md").read_text()
    for part in ("## One that writes", "| True True | 1 |", "![plot](first/plot.png)", "7 ms", "failed", "| memory |"):
        assert part in page
    site = (made / "out" / "benchmarks.html").read_text()
    assert '<td class="number">1</td>' in site
    assert "<th>a &amp; b</th>" in site
    assert "data:image/png;base64,UE5H" in site
    docs = (made / "docs.md").read_text()
    assert docs.startswith("# Title\n\nText.\n\n")
    assert docs.endswith("\n\nMore.\n")
    assert "## One that prints" in docs
    assert "plot.png" not in docs
    assert "\nold\n" not in docs
    assert str(made / "out") not in docs


def test_pages_without_a_place_for_tables_are_refused(tmp_path):
    (tmp_path / "page.md").write_text("# Title\n")
    with pytest.raises(InputError, match=r"page\.md: has no lines"):
        write_documentation(tmp_path / "page.md", ["a"])
    with pytest.raises(InputError, match=r"none\.md: has no lines"):
        write_documentation(tmp_path / "none.md", ["a"])


def test_other_work_is_told(tmp_path, monkeypatch):
    outcome = Outcome(BENCHMARKS[0], "python", False, "7 ms", (), 1.0, None, others=0.8)
    assert outcome.disturbed
    page = markdown_page([("memory", "4 GiB")], [], [outcome])
    assert f"Doubtful: other work kept 0.8 cores busy during '{BENCHMARKS[0].title}'." in page
    assert "Doubtful" in html_page(page, tmp_path)
    monkeypatch.setattr(host.os, "getloadavg", lambda: (50.0, 0.0, 0.0), raising=False)
    assert "the machine is busy (load 50.0" in (host.doubt_before() or "")
    monkeypatch.setattr(host.os, "getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)
    assert host.doubt_before() is None


def test_the_machine_is_described():
    rows = dict(host.describe_host())
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in rows["system"]
    assert rows["processor"].endswith(" cores")
    assert "torch" in rows["libraries"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["faces", "resolutions", "objectives", "tracking", "pose_descent", "start_up", "two_runs"]
)
def test_small_runs_write_their_tables(name, tmp_path, monkeypatch):
    from importlib import import_module

    flags = {
        "faces": ["--preset", "fast", "--views", "1", "--faces", "6000"],
        "resolutions": ["--preset", "fast", "--views", "1", "--pixels", "96"],
        "objectives": ["--objectives", "mask_only", "--views", "1"],
        "tracking": ["--frames", "4", "--device", "cpu"],
        "pose_descent": ["--starts", "1", "--pixels", "48", "--most", "3"],
        "start_up": ["--quick", "--demo", "--config", "fast"],
        "two_runs": ["--quick"],
    }[name]
    module = import_module(f"benchmarks.{name}")
    if name == "pose_descent":
        monkeypatch.setattr(module, "missing_mitsuba", lambda: "Mitsuba 3 is not looked for")
    module.main([*flags, "--output_dir", str(tmp_path)])
    report = (tmp_path / f"{name}.md").read_text()
    assert report.count("\n|") >= 3
    assert list(tmp_path.glob("*.csv"))
