from __future__ import annotations

import csv
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
import trimesh
from click.testing import CliRunner
from PIL import Image

from camera_estimation.cli.evaluate import main
from camera_estimation.evaluation.statistics import bootstrap
from camera_estimation.evaluation.symmetries.symmetry_file import SymmetryFile
from tests.support.runs import (
    BOX_CENTER_TENSOR,
    BOX_DIAMETER,
    TRUE,
    Workplace,
    moved,
    turned,
    write_json,
    write_stages,
)
from tests.support.small_samples import BOX_CENTER, BOX_SIZE

ERRORS = {"a": turned(TRUE, 0.5), "b": turned(TRUE, 4.0), "c": turned(TRUE, 180, axis=(0, 0, 1)), "d": None}


@pytest.fixture
def workplace(tmp_path) -> Workplace:
    """Ground truth of a to d, and the run ``out`` that finds a and b, is wrong about c, and fails on d."""
    place = Workplace(tmp_path)
    for name in ERRORS:
        place.add_truth(name)
    place.add_run("out", ERRORS)
    return place


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def evaluate(workplace, *arguments, run="out"):
    result = invoke("--poses", workplace.folder / run, "--ground_truth", workplace.truth, *arguments)
    assert result.exit_code == 0, result.output
    return result


def rows_of(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def samples_of(workplace, folder="out/evaluation"):
    return {row["name"]: row for row in rows_of(workplace.folder / folder / "evaluation.csv")}


def write_plain_box(path):
    """The box of ``write_box`` in one colour."""
    box = trimesh.creation.box(BOX_SIZE, transform=trimesh.transformations.translation_matrix(BOX_CENTER))
    path.write_bytes(trimesh.Scene([box]).export(file_type="glb"))


def line_of(result, start):
    return next(line for line in result.stdout.splitlines() if line.startswith(start))


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_information_needs_nothing_heavy(flag):
    code = (
        "import sys\n"
        f"sys.argv = ['camera-evaluate', '{flag}']\n"
        "from camera_estimation.cli.evaluate import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert ended.code == 0\n"
        "print('heavy:', *{'torch', 'numpy', 'trimesh', 'warp', 'PIL', 'scipy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1].strip() == "heavy:"


@pytest.mark.parametrize(
    ("most", "told"), [(10**6, "bootstrap over samples, 4000 draws)"), (8000, "of more than 2 samples: 2000 of 4)")]
)
def test_of_how_many_draws_intervals_are_is_told_where_they_are_explained(workplace, monkeypatch, most, told):
    monkeypatch.setattr(bootstrap, "MOST_VALUES", most)
    evaluate(workplace)
    assert told in (workplace.folder / "out" / "evaluation" / "summary.md").read_text()


def test_errors_in_the_table_and_in_the_file(workplace):
    result = evaluate(workplace)
    rows = samples_of(workplace)
    assert float(rows["a"]["rotation_error_deg"]) == pytest.approx(0.5)
    assert float(rows["b"]["rotation_error_deg"]) == pytest.approx(4.0)
    assert float(rows["c"]["rotation_error_deg"]) == pytest.approx(180)
    assert float(rows["a"]["translation_error"]) == pytest.approx(0, abs=1e-9)
    assert float(rows["a"]["diameter"]) == pytest.approx(BOX_DIAMETER)
    assert rows["a"]["silhouette_iou_with_mask"] == "0.875"
    assert rows["d"]["status"] == "failed"
    assert rows["d"]["rotation_error_deg"] == ""
    assert [rows[name]["within_5deg_5pct"] for name in "abcd"] == ["1", "1", "0", "0"]
    table = [line.split() for line in result.stdout.splitlines() if re.match(r"[abc] ", line)]
    assert [row[0] for row in table] == ["c", "b", "a"]
    assert [row[-1] == "<-" for row in table] == [True, False, False]
    assert "no pose: d: d.png: shows no object" in result.stdout
    assert line_of(result, "within 5 degrees and 5 %").split()[6:8] == ["50.0", "%"]
    assert line_of(result, "within 1 degree and 1 %").split()[6:8] == ["25.0", "%"]


def test_all_files_are_written_beside_the_poses(workplace):
    result = evaluate(workplace)
    folder = workplace.folder / "out" / "evaluation"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("evaluation.csv", "recall.pdf", "recall.png", "recall.svg", "summary.csv", "summary.md", "summary.tex")
    ]
    with Image.open(folder / "recall.png") as picture:
        assert picture.width > 1000
    report = (folder / "summary.md").read_text()
    assert "| within 5 degrees and 5 % | 50.0 % |" in report
    assert "![Recall curves](recall.png)" in report
    statistics = {row["statistic"]: row for row in rows_of(folder / "summary.csv")}
    assert float(statistics["median_rotation_error_deg"]["value"]) == pytest.approx(4.0)
    assert statistics["within_5deg_5pct"]["samples"] == "4"
    assert str(folder) in result.stdout.splitlines()[-1]


def test_without_matplotlib_all_but_the_figure_is_written(workplace, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = evaluate(workplace, "--output_dir", workplace.folder / "there")
    assert "no recall.png: matplotlib is not installed" in result.stdout
    assert not (workplace.folder / "there" / "recall.png").exists()
    assert "recall.png" not in (workplace.folder / "there" / "summary.md").read_text()


def test_samples_without_ground_truth_are_left_out_and_told_of(workplace):
    (workplace.truth / "b.json").unlink()
    result = evaluate(workplace)
    assert "out: left out 1 of 4, without ground truth: b" in result.stdout
    assert "b" not in samples_of(workplace)


def test_a_truth_in_axes_of_opengl_is_told(workplace):
    flip = torch.diag(torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64))
    workplace.add_truth("a", replace(TRUE, rotation=flip @ TRUE.rotation, translation=TRUE.translation @ flip))
    result = invoke("--poses", workplace.folder / "out", "--ground_truth", workplace.truth)
    assert result.exit_code == 2
    assert "ground truth of 'a': world_to_camera puts the object behind the camera" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_distance_and_focal_length(workplace):
    away = replace(moved(TRUE, (0, 0, 0.5)), focal=1.1 * TRUE.focal)
    workplace.add_run("far", {"a": away})
    evaluate(workplace, run="far")
    row = samples_of(workplace, "far/evaluation")["a"]
    assert float(row["translation_error_over_diameter"]) == pytest.approx(0.5 / BOX_DIAMETER)
    assert row["within_5deg_5pct"] == "0"
    assert 0 < float(row["projection_error_px"]) < 1  # focal length and distance make up for each other


def test_symmetries_from_a_file(workplace):
    half_turn = {"axis": [0, 0, 1], "offset": BOX_CENTER_TENSOR.tolist(), "order": 2}
    evaluate(workplace, "--symmetries", write_json(workplace.folder / "s.json", {"c": [half_turn]}))
    rows = samples_of(workplace)
    assert float(rows["c"]["rotation_error_deg"]) == pytest.approx(0, abs=1e-4)
    assert rows["c"]["within_1deg_1pct"] == "1"
    assert float(rows["a"]["rotation_error_deg"]) == pytest.approx(0.5)


def test_symmetries_found_by_rendering(workplace):
    write_plain_box(workplace.folder / "meshes" / "c.glb")
    result = evaluate(workplace, "--find_symmetries")
    rows = samples_of(workplace)
    assert "symmetric: c.glb: 4 poses look the same" in result.stdout
    assert float(rows["c"]["rotation_error_deg"]) == pytest.approx(0, abs=0.01)
    assert float(rows["b"]["rotation_error_deg"]) == pytest.approx(4)
    found = SymmetryFile(workplace.folder / "out" / "evaluation" / "symmetries.json")
    assert len(found.find(workplace.folder / "c.glb", BOX_CENTER_TENSOR).transforms) == 4
    assert found.find(workplace.folder / "b.glb", BOX_CENTER_TENSOR) is None


def test_box_with_unlike_corners_is_not_symmetric(workplace):
    result = evaluate(workplace, "--find_symmetries")
    assert "no symmetric mesh was found" in result.stdout
    assert float(samples_of(workplace)["c"]["rotation_error_deg"]) == pytest.approx(180)


def test_several_runs_side_by_side(workplace):
    workplace.add_run("better", {**ERRORS, "c": turned(TRUE, 0.1), "d": turned(TRUE, 0.2)})
    result = evaluate(workplace, "--poses", workplace.folder / "better", "--label", "old", "--label", "new")
    assert line_of(result, "within 5 degrees and 5 %").split()[6:] == [
        *("50.0", "%", "[15.0,", "85.0]", "100", "%", "[51.0,", "100]")  # Wilson's
    ]
    assert "new against old, on 4 common samples:" in result.stdout
    assert "  only new solves: c, d" in result.stdout
    rows = rows_of(workplace.folder / "out" / "evaluation" / "summary.csv")
    (gain,) = [row for row in rows if row["minus"] == "old" and row["statistic"] == "within_5deg_5pct"]
    assert (gain["run"], float(gain["value"])) == ("new", 50.0)
    assert len(rows_of(workplace.folder / "out" / "evaluation" / "evaluation.csv")) == 8


def test_explanation_on_the_terminal_and_in_the_file(workplace):
    stages = {"search": [(170.0, 0.1, True), (30.0, 0.2, True)], "decide": [(180.0, 0.1, True)]}
    write_stages(workplace.folder / "out" / "c", stages)
    write_stages(workplace.folder / "out" / "a", {"search": [(10.0, 1, True)], "decide": [(0.5, 1, True)]})
    cause = "not among the candidates: nearest 30.0 degrees of 2 in search"
    result = evaluate(workplace, "--explain")
    assert f"  cause: {cause}" in result.stdout
    assert "out: 1 no pose, 1 not among the candidates" in result.stdout
    assert samples_of(workplace)["c"]["cause"] == cause
    assert samples_of(workplace)["a"]["cause"] == ""
    assert "cause: solved" not in result.stdout
    result = evaluate(workplace, "--explain", "all")
    assert "  cause: solved" in result.stdout
    assert "cause: unknown" in result.stdout
    assert "cause" not in evaluate(workplace).stdout


def test_meshes_that_have_moved(workplace):
    (workplace.folder / "meshes").rename(workplace.folder / "elsewhere")
    result = invoke("--poses", workplace.folder / "out", "--ground_truth", workplace.truth)
    assert result.exit_code == 2
    assert "a.glb: no such mesh (of sample 'a'); name the folder where it is now with --meshes" in result.stderr
    evaluate(workplace, "--meshes", workplace.folder / "elsewhere")
    result = invoke(
        *("--poses", workplace.folder / "out", "--ground_truth", workplace.truth, "--meshes", workplace.truth)
    )
    assert result.exit_code == 2
    assert "neither at" in result.stderr


def test_poses_file_and_another_run_as_ground_truth(workplace):
    workplace.add_run("first", dict.fromkeys("abcd", TRUE))
    result = invoke("--poses", workplace.folder / "out" / "poses.json", "--ground_truth", workplace.folder / "first")
    assert result.exit_code == 0
    assert float(samples_of(workplace)["b"]["rotation_error_deg"]) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --poses"),
        (["--poses", "out"], "give --ground_truth"),
        (["--poses", "missing", "--ground_truth", "truth"], "missing: no such file"),
        (["--poses", "out", "--ground_truth", "missing"], "missing: no such file or folder"),
        (["--poses", "out", "--ground_truth", "meshes"], "meshes: holds no JSON files"),
        (
            ["--poses", "out", "--ground_truth", "other"],
            "other: has no ground truth for any sample of out (a, b, c, d)",
        ),
        (["--poses", "out", "--ground_truth", "bad.csv"], "bad.csv: has no column gt"),
        (["--poses", "out", "--ground_truth", "images/a.png"], "a.png: is not valid JSON"),
        (["--poses", "out", "--ground_truth", "truth", "--symmetries", "missing"], "missing: no such file"),
        (["--poses", "out", "--ground_truth", "truth", "--meshes", "missing"], "missing"),
        (["--poses", "out", "--ground_truth", "truth", "--label", "x", "--label", "y"], "2 --label for 1 --poses"),
        (["--poses", "out", "--ground_truth", "truth", "--explain", "some"], "some"),
        (["--pose", "out"], "--poses"),
    ],
)
def test_unusable_input_is_one_line_and_exit_code_2(workplace, monkeypatch, arguments, message):
    monkeypatch.chdir(workplace.folder)
    write_json(workplace.folder / "other" / "z.json", {})
    (workplace.folder / "bad.csv").write_text("mesh,image\na.glb,a.png\n")
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert not (workplace.folder / "out" / "evaluation").exists()


def test_output_folder_that_cannot_be_made(workplace):
    (workplace.folder / "file").write_text("")
    place = ("--poses", workplace.folder / "out", "--ground_truth", workplace.truth)
    result = invoke(*place, "--output_dir", workplace.folder / "file" / "there")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
