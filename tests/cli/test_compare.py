from __future__ import annotations

import csv
import errno
import json
import runpy
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from PIL import Image

from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.evaluation.statistics import bootstrap
from camera_estimation.io.line_log import LineLog
from camera_estimation.results.pose_file import read_poses
from tests.support.browser import open_browser
from tests.support.comparisons import ODD_NAME, SAMPLES, compare, compare_flags, invoke, write_inputs

SCRIPTS = Path(__file__).parents[2] / "scripts"
NAMES = ("l1l2", "mask_only", "broken", "absent", ODD_NAME)
FOLDERS = {name: name for name in NAMES} | {ODD_NAME: "odd_b_name"}
WORKING = ("l1l2", "mask_only", ODD_NAME)
SHARED = ("loading", "prepare", "search", "refine", "explain")
VOID = {"meta", "img", "path", "circle", "polygon", "polyline", "text"}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(scope="module")
def result(inputs):
    return compare(
        *(inputs, "--loss_types", *NAMES, "--loss_file", inputs / "objectives.py"),
        *("--ground_truth", inputs / "truth"),
    )


@pytest.fixture(scope="module")
def folder(inputs, result):
    assert result.exit_code == 1, result.output
    return inputs / "experiments"


def rows_of(folder):
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def cell_of(value):
    """As it can be compared: workbooks keep 15 digits of a number."""
    try:
        return f"{float(value):.12g}"
    except (TypeError, ValueError):
        return value or ""


def entries_of(folder, name):
    poses = json.loads((folder / FOLDERS[name] / "poses.json").read_text())["poses"]
    return {entry["name"]: entry for entry in poses}


def test_help_needs_nothing_heavy():
    code = (
        "import sys\n"
        "sys.argv = ['camera-compare', '--help']\n"
        "from camera_estimation.cli.compare import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert ended.code == 0\n"
        "print('heavy:', *{'torch', 'numpy', 'trimesh', 'warp', 'PIL', 'openpyxl', 'jinja2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith("heavy:\n")


def test_all_files_are_there(folder):
    names = {"experiment_summary.txt", "summary.csv", "summary.xlsx", "report.html", "compare_results.py"}
    assert {path.name for path in folder.iterdir() if path.is_file()} == names | {"comparison.json"}
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {*FOLDERS.values(), "sources"}
    for name in WORKING:
        for sample in SAMPLES:
            assert (folder / FOLDERS[name] / sample / "render.png").is_file()
        assert json.loads((folder / FOLDERS[name] / "run.json").read_text())["counts"]["ok"] == len(SAMPLES)


def test_objectives_that_fail_cost_no_other_its_result(folder, result):
    statuses = {(row["objective"], row["status"]) for row in rows_of(folder)}
    assert statuses == {(name, "ok") for name in WORKING} | {("broken", "failed"), ("absent", "failed")}
    assert entries_of(folder, "absent")["spot_00"]["error"] == "absent: its weights are not here"
    summary = (folder / "experiment_summary.txt").read_text()
    assert "absent: failed on 2 of 2: absent: its weights are not here" in summary
    assert "it never works" in summary
    assert summary in result.output


def test_the_search_ran_once_for_each_sample(folder):
    for sample in SAMPLES:
        seconds = [entries_of(folder, name)[sample]["seconds"] for name in WORKING]
        assert len({tuple(values[stage] for stage in SHARED) for values in seconds}) == 1
        assert len({values["decide"] for values in seconds}) == len(WORKING)


def test_tables_agree_with_the_poses(folder):
    rows = rows_of(folder)
    assert Counter(row["objective"] for row in rows) == dict.fromkeys(NAMES, len(SAMPLES))
    for row in rows:
        entry = entries_of(folder, row["objective"])[row["sample"]]
        assert row["status"] == entry["status"]
        assert row["error"] == (entry["error"] or "")
        if entry["status"] == "ok":
            assert float(row["loss"]) == entry["loss"]
            assert float(row["silhouette_iou"]) == entry["silhouette_iou"]
            assert float(row["decide_seconds"]) == entry["seconds"]["decide"]
            assert float(row["total_seconds"]) == pytest.approx(sum(entry["seconds"].values()))
            assert int(row["peak_memory_bytes"]) > 0
            assert (folder / row["render"]).is_file()
            assert (folder / row["source"]).is_file()


def test_the_workbook_agrees_with_the_csv(folder):
    book = openpyxl.load_workbook(folder / "summary.xlsx")
    assert book.sheetnames == ["totals", "l1l2", "mask_only", "broken", "absent", 'odd <b>&"name_..']
    rows = rows_of(folder)
    for number, name in enumerate(NAMES):
        headings, *values = book.worksheets[number + 1].values
        own = [[cell_of(value) for value in row.values()] for row in rows if row["objective"] == name]
        assert list(headings) == list(rows[0])
        assert [[cell_of(value) for value in line] for line in values] == own
    totals = list(book["totals"].values)
    assert [line[1] for line in totals[1:]] == [2, 2, 0, 0, 2]


def test_errors_are_against_the_ground_truth(folder):
    for row in rows_of(folder):
        judged = row["objective"] in WORKING and row["sample"] == "spot_00"
        assert bool(row["rotation_error_deg"]) == judged
        assert not judged or float(row["rotation_error_deg"]) < 5
    summary = (folder / "experiment_summary.txt").read_text()
    assert "Against the ground truth of 1 sample;" in summary
    assert "RANKING BY QUALITY" in summary
    assert "RANKING BY SPEED" in summary


def test_the_copied_script_draws_without_the_package(folder):
    code = (
        "import runpy, sys\n"
        "for name in ('camera_estimation', 'torch', 'scipy', 'trimesh'): sys.modules[name] = None\n"
        "sys.argv = ['compare_results.py']\n"
        "runpy.run_path('compare_results.py', run_name='__main__')"
    )
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "comparison.png\n", "")
    with Image.open(folder / "comparison.png") as drawn:
        assert drawn.width > 600
        assert len(set(drawn.convert("L").resize((40, 40)).tobytes())) > 20
    (folder / "comparison.png").unlink()


class Page(HTMLParser):
    """Collects addresses, checks that elements are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.open, self.tables, self.pictures, self.text = [], [], 0, 0, ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href", "action", "data")]
        self.tables += tag == "table"
        self.pictures += tag == "img"
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_asks_for_nothing_and_shows_all(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert all(address.startswith(("#", "data:image/")) for address in page.addresses)
    for forbidden in ("http:", "https:", "url(", "@import", "<link"):
        assert forbidden not in text
    assert "default-src 'none'" in text
    assert page.pictures == len(SAMPLES) * (1 + 2 * len(WORKING))  # source; overlay and difference of each
    assert page.tables == 5
    for words in ("By quality", "By speed", "success against the first", "times the fastest"):
        assert words in page.text
    assert "odd <b>" not in text
    assert ODD_NAME in page.text


def test_a_phone_shows_the_page_and_says_what_is_wider(folder):
    with open_browser(viewport={"width": 390, "height": 844}) as phone:
        phone.open(folder / "report.html")
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
        wide = phone.page.locator(".scroll.wide:not(.end)")
        assert wide.count() >= 3
        assert "scroll sideways" in wide.first.evaluate("(box) => getComputedStyle(box, '::before').content")
        wide.first.evaluate("(box) => box.scrollTo(9999, 0)")
        phone.wait_for("document.querySelector('.scroll.wide').classList.contains('end')")
        assert phone.complaints == []
        assert phone.asked == []


def test_finished_results_stay_and_failures_are_tried_again(inputs, folder):
    before = {name: entries_of(folder, name) for name in WORKING}
    curves = json.loads((folder / "comparison.json").read_text())
    again = compare(inputs, "--loss_types", *NAMES[:4], "--loss_file", inputs / "objectives.py", "--max_samples", "1")
    assert again.exit_code == 1
    assert "skipping what is finished: 2 of 4" in again.stderr
    assert {name: entries_of(folder, name) for name in WORKING} == before
    assert json.loads((folder / "comparison.json").read_text()) == curves
    assert len(rows_of(folder)) == 4


def test_an_interrupted_run_leaves_valid_files(inputs, monkeypatch):
    whole, calls = CameraEstimator.decide, []

    def decide(estimator, hypotheses):
        calls.append(estimator.objective.name)
        if calls.count("mask_only") == 1:
            raise KeyboardInterrupt
        return whole(estimator, hypotheses)

    monkeypatch.setattr(CameraEstimator, "decide", decide)
    result = compare(inputs, "--loss_types", "l1l2,mask_only", output="interrupted")
    assert result.exit_code == 130
    rows = rows_of(inputs / "interrupted")
    assert [row["status"] for row in rows] == ["ok", "not started", "not started", "not started"]
    assert list(entries_of(inputs / "interrupted", "l1l2")) == ["spot_00"]
    record = json.loads((inputs / "interrupted" / "mask_only" / "run.json").read_text())
    assert record["interrupted"]
    assert record["counts"]["not_started"] == 2


KILLED = """
import os, signal, sys
from camera_estimation.cli.compare import main
from camera_estimation.comparison.objective_run import ObjectiveRun
from camera_estimation.results import pose_journal
pose_journal.COMPACTION_SHARE = 1e-9
finish, finished = ObjectiveRun.finish, []
def finish_and_die(self, entry):
    finish(self, entry)
    finished.append(entry)
    if len(finished) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
ObjectiveRun.finish = finish_and_die
sys.argv = ["camera-compare", *sys.argv[1:]]
main()
"""


def test_a_killed_run_loses_nothing(inputs):
    target = inputs / "killed"
    flags = compare_flags(inputs, "--loss_types", "l1l2,mask_only", output="killed")
    killed = subprocess.run([sys.executable, "-c", KILLED, *flags], capture_output=True)
    assert killed.returncode == -9, killed.stderr
    assert json.loads((target / "l1l2" / "poses.json").read_text())["poses"] == []
    lines = [json.loads(line) for line in (target / "l1l2" / "poses.jsonl").read_text().splitlines()]
    assert [line["name"] for line in lines] == list(SAMPLES)
    again = invoke(*flags)
    assert again.exit_code == 0, again.output
    assert "skipping what is finished: 3 of 4" in again.stderr
    for name in ("l1l2", "mask_only"):
        assert list(entries_of(target, name)) == list(SAMPLES)
    assert entries_of(target, "l1l2")["spot_00"]["loss"] == lines[0]["loss"]
    measured = json.loads((target / "comparison.json").read_text())["measured"]
    assert [sorted(measured[name]) for name in ("l1l2", "mask_only")] == [list(SAMPLES)] * 2
    assert not list(target.rglob("*.jsonl"))


def test_an_ablation_tables_every_combination(inputs):
    result = compare(inputs, "--loss_types", "l1l2", "--ablate", "l1,boundary", "--max_samples", "1", output="ablation")
    assert result.exit_code == 0, result.output
    labels = ["l1l2", "l1l2 without l1", "l1l2 without boundary", "l1l2 without l1, boundary"]
    rows = rows_of(inputs / "ablation")
    assert [row["objective"] for row in rows] == labels
    assert len({row["loss"] for row in rows}) == 4
    sheet = openpyxl.load_workbook(inputs / "ablation" / "summary.xlsx")["ablation"]
    marks = [line[:3] for line in sheet.values]
    assert marks[0] == ("objective", "l1", "boundary")
    headings, *lines = sheet.values
    assert all(isinstance(value, (int, float, type(None))) for line in lines for value in line[3:])
    turned = headings.index("median_turned_deg")
    assert lines[0][turned] is None  # the whole objective
    assert all(line[turned] >= 0 and line[headings.index("median_decide_seconds")] > 0 for line in lines[1:])
    assert [line[1:] for line in marks[1:]] == [("x", "x"), (None, "x"), ("x", None), (None, None)]
    settings = json.loads((inputs / "ablation" / "l1l2_without_l1" / "run.json").read_text())["settings"]
    assert settings["loss"]["options"] == {"l1": {"weight": 0.0}}
    assert "ABLATION" in result.output


@pytest.mark.parametrize(("start", "told"), [("search", "the search's candidates"), ("near", "turned by 10 degrees")])
def test_objectives_may_start_apart_from_the_answer(inputs, start, told):
    flags = ("--loss_types", "l1l2", "mask_only", "--max_samples", "1", "--from", start)
    result = compare(inputs, *flags, output=start)
    assert result.exit_code == 0, result.output
    word = {"search": "candidates", "near": "near"}[start]
    entries = [entries_of(inputs / start, name)["spot_00"] for name in ("l1l2", "mask_only")]
    assert [entry["start"] for entry in entries] == [word] * 2
    for name in ("report.html", "experiment_summary.txt"):
        assert told in (inputs / start / name).read_text().replace("&#39;", "'")
    stages = [json.loads((inputs / start / name / "spot_00" / "stages.json").read_text()) for name in ("l1l2",)]
    assert stages[0]["stages"][-1]["name"] == "decide"
    if start == "near":
        assert len(stages[0]["stages"][-1]["candidates"]) == 1
    again = compare(inputs, *flags[:-2], output=start)  # from the answer: nothing that is finished counts
    assert "skipping" not in again.output
    assert compare(inputs, *flags[:-2], output=start).output.count("skipping what is finished: 2 of 2") == 1


def test_fewer_draws_of_many_samples_are_told_where_intervals_are_explained(inputs, monkeypatch):
    monkeypatch.setattr(bootstrap, "MOST_VALUES", 3000)
    compare(inputs, "--loss_types", "mask_only", "--max_samples", "1", output="draws")
    for name in ("report.html", "experiment_summary.txt"):
        assert "fewer of more than 0 samples: 3000 of 1" in (inputs / "draws" / name).read_text()


def test_what_disturbs_the_shared_answer_needs_one(inputs):
    result = compare(inputs, "--loss_types", "l1l2", "--from", "far", "--search", "pso", output="no")
    assert result.exit_code == 2
    assert "--from far disturbs the one answer that all objectives share, and --search pso finds one for each" in (
        result.output
    )


def test_a_search_by_the_objective_is_made_for_each(inputs):
    swarm = "\n[search.swarm]\nsamples = 8\nparticles = 4\niterations = 1\n"
    (inputs / "light.toml").write_text((inputs / "light.toml").read_text() + swarm)
    result = compare(
        inputs, "--loss_types", "l1l2", "mask_only", "--search", "pso", "--max_samples", "1", output="swarm"
    )
    assert result.exit_code == 0, result.output
    seconds = [entries_of(inputs / "swarm", name)["spot_00"]["seconds"] for name in ("l1l2", "mask_only")]
    assert seconds[0]["search"] != seconds[1]["search"]


def test_the_earlier_script_takes_its_flags(inputs, monkeypatch, capsys):
    arguments = [
        *("test_loss_objectives.py", "--input_dir", inputs / "meshes", "--output_base_dir", inputs / "script"),
        *("--source_images_dir", inputs / "images", "--model", "Hunyuan", "--loss_types", "l1l2", "mask_only"),
        *("--max_samples", "1", "--config", inputs / "light.toml", "--device", "cpu", "--quiet"),
    ]
    monkeypatch.setattr(sys, "argv", list(map(str, arguments)))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPTS / "test_loss_objectives.py"), run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == ""
    assert len(rows_of(inputs / "script")) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--loss_types", "l1l2", "ssmi"], "did you mean 'ssim'"),
        (["--loss_types", "l1l2", "--loss_option", "nett=alex"], "has no option 'nett'"),
        (["--ablate", "l1,boundary"], "several have: hybrid, l1l2"),
        (["--ablate", "l1", "--loss_types", "l1l2", "ssim"], "takes one objective apart"),
        (["--ablate", "l3", "--loss_types", "l1l2"], "has no term 'l3'"),
        (["--ablate", "l1", "--loss_types", "silhouette_color"], "of one piece"),
        (["--ground_truth", "nowhere"], "nowhere: no such file or folder"),
        (["l1l2"], "unexpected extra argument"),
    ],
)
def test_wrong_usage_ends_with_one_line(arguments, message, tmp_path):
    result = invoke("--demo", "--output_base_dir", tmp_path / "out", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_results_that_cannot_be_kept_end_the_comparison_and_are_done_by_the_next(inputs, monkeypatch):
    write, lines = LineLog._write, []

    def fill(log, content):
        lines.append(content)
        if log.path.name == "poses.jsonl" and len(lines) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(log, content)

    flags = (inputs, "--loss_types", "mask_only", "--output_base_dir", inputs / "full")
    with monkeypatch.context() as patch:
        patch.setattr(LineLog, "_write", fill)
        result = compare(*flags)
    assert result.exit_code == 1
    last = result.output.splitlines()[-1]
    assert last.startswith("Error: ")
    assert last.endswith(
        "poses.jsonl: cannot be written (No space left on device); free some space, then the same command goes on; "
        "no summary is written"
    )
    assert not (inputs / "full" / "experiment_summary.txt").exists()
    done = json.loads((inputs / "full" / "mask_only" / "poses.json").read_text())["poses"]
    assert [entry["status"] for entry in done] == ["ok"]
    assert f"skipping what is finished: 1 of {len(SAMPLES)}" in compare(*flags).output


def test_results_of_inputs_that_have_changed_are_done_again(tmp_path):
    inputs = write_inputs(tmp_path)
    flags = (inputs, "--loss_types", "mask_only", "--output_base_dir", tmp_path / "out")
    assert compare(*flags).exit_code == 0
    before = read_poses(tmp_path / "out" / "mask_only")
    with Image.open(inputs / "images" / "spot_00.png") as opened:
        turned = opened.convert("RGBA").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turned.save(inputs / "images" / "spot_00.png")
    again = compare(*flags)
    assert "1 finished result is of other inputs than there are now, and estimated again" in again.stderr
    assert "skipping what is finished: 1 of 2" in again.stderr
    after = read_poses(tmp_path / "out" / "mask_only")
    assert after[0]["world_to_camera"] != before[0]["world_to_camera"]
    assert after[1] == before[1]
    assert "skipping what is finished: 2 of 2" in compare(*flags).stderr
