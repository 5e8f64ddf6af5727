"""Whatever files and folders are, a run has one clear line about them, and goes on with the rest."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from click.testing import CliRunner

import camera_estimation.estimation
from camera_estimation.cli.estimate import main
from camera_estimation.results.pose_file import read_poses
from tests.support.small_samples import stub_estimator, write_box, write_disc

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and names of other systems")
PIPE_LINE = "is no file but a device or a pipe; give the path of a file"


@pytest.fixture(autouse=True)
def inputs(tmp_path, monkeypatch):
    monkeypatch.setattr(camera_estimation.estimation, "CameraEstimator", stub_estimator({}, []))
    write_box(tmp_path / "in" / "a.glb")
    write_disc(tmp_path / "in" / "a.png")
    return tmp_path


def run(folder, *flags, source=("--input_dir", "in")):
    source = [folder / word if not word.startswith("--") else word for word in source]
    words = [*source, "--output_dir", folder / "out", "--device", "cpu", "--no_pictures", *flags]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def run_pairs(folder, content, *flags):
    (folder / "pairs.csv").write_bytes(content)
    return run(folder, *flags, source=("--pairs", "pairs.csv"))


def refusal(result):
    """The one line of a run that did nothing."""
    assert result.exit_code == 2, result.output
    (line,) = result.output.splitlines()
    return line


def failure(result, name="a"):
    """The line of a sample that failed, of a run in which all else was done."""
    assert result.exit_code == 1, result.output
    assert "report.html: it could not" not in result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith(f"FAILED {name}")]
    assert "internal error" not in line
    return line


@posix
@pytest.mark.parametrize("name", ["a.png", "a.glb"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_pipe_or_a_device_fails_its_sample_and_is_not_waited_for(inputs, name, kind):
    (inputs / "in" / name).unlink()
    if kind == "pipe":
        os.mkfifo(inputs / "in" / name)
    else:
        os.symlink("/dev/zero", inputs / "in" / name)
    shutil.copy(inputs / "in" / ("a.glb" if name == "a.png" else "a.png"), inputs / "in" / f"b.{name[-3:]}")
    result = run_pairs(inputs, b"mesh,image\nin/a.glb,in/a.png\n")
    assert failure(result).endswith(f"{name}: {PIPE_LINE}")


@posix
@pytest.mark.parametrize("name", [".lock", "poses.json", "poses.jsonl"])
def test_pipes_among_results_are_refused(inputs, name):
    (inputs / "out").mkdir()
    os.mkfifo(inputs / "out" / name)
    assert refusal(run(inputs)).endswith(f"{name}: {PIPE_LINE}")


@posix
def test_a_lock_does_not_lead_elsewhere(inputs):
    (inputs / "out").mkdir()
    os.symlink(inputs / "elsewhere", inputs / "out" / ".lock")
    assert "out: cannot be written" in refusal(run(inputs))
    assert not (inputs / "elsewhere").exists()


@posix
@pytest.mark.parametrize("make", [lambda out: os.symlink(out, out), lambda out: os.symlink(out.parent / "no", out)])
def test_an_output_folder_that_leads_nowhere_is_refused(inputs, make):
    make(inputs / "out")
    assert "out: cannot be written (File exists); choose another output folder" in refusal(run(inputs))


@posix
def test_names_as_long_as_systems_have_them_are_estimated(inputs):
    stem = "x" * 251
    for suffix in (".glb", ".png"):
        (inputs / "in" / f"a{suffix}").rename(inputs / "in" / f"{stem}{suffix}")
    assert run(inputs).exit_code == 0
    assert run(inputs).exit_code == 0  # is looked at again


@pytest.mark.parametrize("cells", ["LONG,in/a.png", "in/a.glb,LONG", "DEEP,in/a.png"])
def test_names_that_no_system_has_cost_their_sample_alone(inputs, cells):
    cells = cells.replace("LONG", "x" * 100_000).replace("DEEP", "/".join(["y" * 200] * 30))
    result = run_pairs(inputs, f"mesh,image\n{cells}\nin/a.glb,in/a.png\n".encode())
    line = failure(result, "")
    assert "cannot be read (File name too long); check the path" in line
    assert len(line) < 20_000
    assert "1 ok (1 good), 1 failed, 0 skipped; results in" in result.output
    assert "report.html, poses.json" in result.output


@posix
def test_names_show_nothing_but_text_on_a_terminal(inputs):
    stem = "a\n\tb\x1b[31m\u202ec"
    for suffix in (".glb", ".png"):
        (inputs / "in" / f"a{suffix}").rename(inputs / "in" / f"{stem}{suffix}")
    shutil.copy(inputs / "in" / f"{stem}.png", inputs / "in" / "lone\nly\u202e.png")
    result = run(inputs)
    assert result.exit_code == 0, result.output
    first, second, _ = result.output.splitlines()
    assert first.startswith("no mesh for ")
    assert first.endswith("lone ly?.png: skipped")
    assert second.startswith("[1/1] a__b_[31m_c: ")
    assert [entry["name"] for entry in read_poses(inputs / "out")] == ["a__b_[31m_c"]


def test_a_folder_where_a_file_is_to_be_fails_its_sample_by_name(inputs):
    (inputs / "out").mkdir()
    (inputs / "out" / "a").write_text("no folder")
    assert "out/a" in failure(run(inputs)).replace(os.sep, "/")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"mesh,image\nin/a.glb,in/a\0.png\n", "pairs.csv: row 1 has a zero byte; save the table as UTF-8 text"),
        ("mesh,image\nin/a.glb,in/a.png\n".encode("utf-16"), "pairs.csv: is not a text file"),
        (b"", "pairs.csv: has no column mesh and no column image"),
        (b"mesh,image\n", "pairs.csv: has no rows; give one mesh and image a line"),
        (b"mesh,image\nin/a.glb," + b"x" * 10**6, "pairs.csv: is not a CSV file (field larger than field limit"),
        (b"mesh,image,image\nin/a.glb,in/a.png,b.png\n", "pairs.csv: has the column image more than once"),
    ],
)
def test_damaged_tables_are_refused_in_one_line(inputs, content, line):
    assert line in refusal(run_pairs(inputs, content))


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfmesh,image\r\nin/a.glb,in/a.png\r\n", b'mesh,image\n"in/a.glb",in/a.png']
)
def test_tables_of_other_programs_are_read(inputs, content):
    assert run_pairs(inputs, content).exit_code == 0


@pytest.mark.parametrize("name", ["a.png", "a.glb"])
def test_a_sparse_file_takes_no_memory(inputs, name):
    with (inputs / "in" / name).open("r+b") as file:
        file.truncate(9 * 10**9)
    assert f"{name}: has 9000 megabytes, more than limits.file_megabytes = 8000; " in failure(run(inputs))


def test_a_sparse_file_of_settings_is_refused(inputs):
    with (inputs / "huge.toml").open("wb") as file:
        file.truncate(9 * 10**9)
    assert "huge.toml: is no file of settings" in refusal(run(inputs, "--config", inputs / "huge.toml"))


def finished(folder):
    assert run(folder).exit_code == 0
    path = folder / "out" / "poses.json"
    return path, json.loads(path.read_text())


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda text: text[:-20], "poses.json: is not valid JSON; delete it or choose another output folder"),
        (lambda text: "", "poses.json: is not valid JSON; delete it or choose another output folder"),
        (lambda text: "[]", "poses.json: is not a file of camera-estimation/poses; choose another output folder"),
        (lambda text: text.replace('"mesh"', '"mess"'), "poses.json: the entry 'a' is damaged; delete the file or"),
        (lambda text: text.replace('"status": "ok"', '"status": 3'), "poses.json: the entry 'a' is damaged"),
        (lambda text: text.replace('"orbit"', '"orbits"'), "poses.json: the entry 'a' is damaged"),
    ],
)
def test_damaged_results_are_refused_by_name(inputs, change, line):
    path, _ = finished(inputs)
    damaged = change(path.read_text())
    path.write_text(damaged)
    assert line in refusal(run(inputs))
    assert path.read_text() == damaged


def test_a_folder_in_the_place_of_results_is_refused(inputs):
    (inputs / "out" / "poses.json").mkdir(parents=True)
    assert "poses.json: cannot be read (Is a directory); check its permissions" in refusal(run(inputs))


@pytest.mark.parametrize(
    "line",
    [
        b'{"name":"a","status"',
        b"\xff\0\xfe",
        b'{"name":"a"}',
        b'{"name":"../../a","status":"failed","mesh":"a","image":"a"}',
        b'{"name":"a","status":"failed","mesh":"a","image":"a","loss":NaN}',
        b'{"name":"a","deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_damaged_lines_of_the_journal_cost_nothing_else(inputs, line):
    path, tree = finished(inputs)
    path.unlink()
    (inputs / "out" / "poses.jsonl").write_bytes(line + b"\n" + json.dumps(tree["poses"][0]).encode() + b'\n{"torn')
    result = run(inputs)
    assert result.exit_code == 0, result.output
    assert "cut off when the run before ended, and estimated again: 1 result" in result.output
    assert "skipping what is finished: 1 of 1" in result.output


@pytest.mark.parametrize("content", [None, "{"])
def test_results_do_without_the_record_of_their_run(inputs, content):
    finished(inputs)
    (inputs / "out" / "run.json").unlink()
    if content is not None:
        (inputs / "out" / "run.json").write_text(content)
    assert "skipping what is finished: 1 of 1" in run(inputs).output


def test_failed_samples_of_no_run_are_not_done_again(inputs):
    assert "out: has no results of a run, of which --retry_failed does" in refusal(run(inputs, "--retry_failed"))
    assert not (inputs / "out").exists()
    (inputs / "out").mkdir()
    assert "out: has no results" in refusal(run(inputs, "--retry_failed"))
    assert [*(inputs / "out").iterdir()] == []
