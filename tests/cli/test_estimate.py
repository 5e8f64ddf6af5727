from __future__ import annotations

import csv
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from camera_estimation.cli.estimate import main
from camera_estimation.mesh.gltf import pack_glb, split_glb
from camera_estimation.results.pose_file import read_poses
from tests.support.small_samples import write_box, write_disc

pytestmark = pytest.mark.usefixtures("stubbed")


@pytest.fixture
def inputs(tmp_path):
    """a and b have a mesh and an image each; lonely.glb and stranger.png have no partner."""
    for name in ("a", "b"):
        write_box(tmp_path / "meshes" / f"{name}.glb")
        write_disc(tmp_path / "images" / f"{name}.png")
    write_box(tmp_path / "meshes" / "lonely.glb")
    write_disc(tmp_path / "images" / "stranger.png")
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def run_on(inputs, *arguments):
    return invoke(
        *("--input_dir", inputs / "meshes", "--source_images_dir", inputs / "images"),
        *("--output_dir", inputs / "out", "--device", "cpu", *arguments),
    )


def settings(inputs):
    return json.loads((inputs / "out" / "run.json").read_text())["settings"]


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("flag", ["--help", "--version", "--list_losses"])
def test_information_needs_nothing_heavy(flag):
    code = (
        "import sys\n"
        f"sys.argv = ['camera-estimate', '{flag}']\n"
        "from camera_estimation.cli.estimate import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert ended.code == 0\n"
        "print('heavy:', *{'torch', 'numpy', 'trimesh', 'warp', 'PIL', 'scipy'} & set(sys.modules))"
    )
    assert python(code).splitlines()[-1].strip() == "heavy:"


def test_command_is_installed():
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "-h"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--input_dir" in done.stdout


def test_help_is_grouped_and_shows_each_flag_once():
    text = invoke("-h").output
    headings = [line for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == [
        f"{name}:"
        for name in (
            "Input",
            "Evidence",
            "Camera",
            "Several images",
            "Objective",
            "Search and device",
            "Many samples",
            "Output",
            "Information",
        )
    ]
    assert text.count("--source_images_dir PATH") == 1
    assert "--source-images-dir" not in text
    for name in ("Hunyuan", "TRELLIS", "TripoSG", "Craftsman", "generic"):
        assert name in text


def test_list_of_losses_says_what_is_ready():
    result = invoke("--list-losses")
    assert result.exit_code == 0
    for name in ("silhouette_color", "dreamsim", "lpips", "l1l2", "ssim", "hybrid", "mask_only"):
        assert name in result.output
    assert "ready here" in result.output


def test_folder_of_meshes_and_images(inputs):
    result = run_on(inputs)
    assert result.exit_code == 0
    assert [entry["name"] for entry in read_poses(inputs / "out")] == ["a", "b"]
    assert result.stdout.splitlines()[-1].startswith("2 ok (2 good), 0 failed, 0 skipped; results in ")
    assert "lonely.glb" in result.stderr
    assert "stranger.png" in result.stderr


def test_both_spellings_of_every_flag(inputs):
    spelled = invoke(
        *("--input-dir", inputs / "meshes", "--source-images-dir", inputs / "images"),
        *("--output-dir", inputs / "out", "--loss-type", "l1l2", "--fov-deg", 30, "--max-samples", 1),
    )
    assert spelled.exit_code == 0
    for option in main.params:
        if option.opts[0].startswith("--") and "_" in option.opts[0]:
            assert option.opts[0].replace("_", "-") in [name.replace("_", "-") for name in option.opts[1:]]


def test_single_mesh_and_image(inputs):
    result = invoke(
        *("--input_dir", inputs / "meshes" / "a.glb", "--source_images_dir", inputs / "images" / "stranger.png"),
        *("--output_dir", inputs / "out"),
    )
    assert result.exit_code == 0
    assert [entry["name"] for entry in read_poses(inputs / "out")] == ["stranger"]


def test_pairs_intrinsics_and_masks(inputs, log):
    (inputs / "pairs.csv").write_text("image,mesh,note\nimages/stranger.png,meshes/lonely.glb,x\n")
    (inputs / "known.json").write_text('{"stranger.png": {"fx": 50, "fy": 51, "cx": 24, "cy": 20}}')
    (inputs / "masks").mkdir()
    result = invoke(
        *("--pairs", inputs / "pairs.csv", "--intrinsics", inputs / "known.json", "--masks_dir", inputs / "masks"),
        *("--output_dir", inputs / "out"),
    )
    assert result.exit_code == 0
    assert log == ["lonely.glb", ("stranger.png", (50.0, 51.0, 24.0, 20.0))]


def test_images_without_intrinsics_are_told_of(inputs):
    (inputs / "known.json").write_text('{"a.png": {"fx": 50, "fy": 51, "cx": 24, "cy": 20}}')
    result = run_on(inputs, "--intrinsics", inputs / "known.json")
    assert "no intrinsics for 1 image (b.png)" in result.stderr


def test_max_samples_says_so(inputs):
    result = run_on(inputs, "--max_samples", 1)
    assert [entry["name"] for entry in read_poses(inputs / "out")] == ["a"]
    assert "the first 1 of 2 samples" in result.stderr


def test_flags_win_over_the_config_file_and_that_over_the_model(inputs):
    (inputs / "my.toml").write_text("seed = 5\n[camera]\nfov_deg = 60\nroll = 'upright'\n[model]\nprior_weight = 0.5\n")
    arguments = ("--model", "hunyuan", "--config", inputs / "my.toml", "--fov_deg", 20, "--optimize_fov")
    assert run_on(inputs, *arguments).exit_code == 0
    found = settings(inputs)
    assert (found["camera"]["fov_deg"], found["camera"]["roll"]) == (20.0, "upright")
    assert (found["seed"], found["model"]["name"], found["model"]["prior_weight"]) == (5, "Hunyuan", 0.5)


def test_preset_by_name(inputs):
    assert run_on(inputs, "--config", "fast").exit_code == 0
    assert settings(inputs)["search"]["viewpoints"] == 500


def test_failed_samples_make_exit_code_1(inputs, behavior):
    behavior["a"] = ValueError("broken")
    result = run_on(inputs)
    assert result.exit_code == 1
    assert "FAILED a: internal error: ValueError: broken" in result.stderr
    assert result.stdout.startswith("1 ok (1 good), 1 failed, 0 skipped")


def test_interruption_makes_exit_code_130(inputs, behavior):
    behavior["b"] = KeyboardInterrupt()
    result = run_on(inputs)
    assert result.exit_code == 130
    assert "interrupted: 1 ok" in result.stdout


def test_quiet_is_quiet(inputs):
    result = run_on(inputs, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_command_line_is_recorded(inputs, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/some/where/camera-estimate", "--input_dir", "my meshes"])
    run_on(inputs)
    recorded = json.loads((inputs / "out" / "run.json").read_text())["command_line"]
    assert recorded == "camera-estimate --input_dir 'my meshes'"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --input_dir"),
        (["--input_dir", "missing"], "missing: no such file or folder"),
        (["--pairs", "missing.csv"], "missing.csv: no such file"),
        (["--pairs", "x.csv", "--input_dir", "x"], "--pairs names its own files"),
        (["--demo", "--input_dir", "x"], "--demo brings its own mesh"),
        (["--demo", "--masks_dir", "missing"], "missing: no such folder of masks"),
        (["--demo", "--intrinsics", "missing.json"], "missing.json: no such file"),
        (["--demo", "--loss_type", "dreamsin"], "dreamsim"),
        (["--demo", "--model", "Hunyan"], "'Hunyan' is not one of"),
        (["--demo", "--config", "fsat"], "did you mean fast?"),
        (["--demo", "--config", "missing.toml"], "missing.toml: no such file"),
        (["--demo", "--device", "gpu"], "choose auto, cpu, cuda or cuda:N"),
        (["--demo", "--device", "cuda:99"], "cuda:99"),
        (["--demo", "--fov_deg", "180"], "180"),
        (["--demo", "--fov_deg", "nan"], "not a number"),
        (["--demo", "--max_samples", "0"], "0"),
        (["--demo", "--seed", "-1"], "-1"),
        (["--lost_type", "ssim"], "--loss_type"),
        (["stray"], "unexpected argument stray"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_pairs_says_what_was_found(inputs):
    for name in ("a", "b"):
        (inputs / "images" / f"{name}.png").unlink()
    result = run_on(inputs)
    assert result.exit_code == 2
    assert "3 meshes (a.glb, b.glb, lonely.glb) and 1 image (stranger.png)" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_output_folder_that_cannot_be_made(inputs):
    (inputs / "out").write_text("a file")
    result = run_on(inputs)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_cuda_asked_for_but_absent(tmp_path):
    result = invoke("--demo", "--device", "cuda", "--output_dir", tmp_path / "out")
    assert result.exit_code == 2
    assert "--device cpu" in result.stderr


def test_weights_are_fetched_by_name(monkeypatch):
    asked = []

    def fetch(networks, progress):
        asked.append((networks, progress))
        return [Path("cache") / networks[0]]

    monkeypatch.setattr("camera_estimation.weights.fetch", fetch)
    together = invoke("--fetch_weights", "dreamsim", "lpips")
    assert (together.exit_code, together.output) == (0, f"fetched {Path('cache', 'dreamsim')}\n")
    assert invoke("--fetch-weights", "dreamsim", "--fetch-weights", "lpips", "--quiet").exit_code == 0
    assert asked == [(["dreamsim", "lpips"], True), (["dreamsim", "lpips"], False)]


def test_weights_of_an_unknown_network():
    result = invoke("--fetch_weights", "dreamsin")
    assert result.exit_code == 2
    assert "dreamsin" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_demo_finds_the_true_camera(tmp_path):
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "--demo", "--output_dir", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told = next(line for line in done.stdout.splitlines() if "from the true camera" in line)
    assert float(told.split(":")[1].split()[0]) < 1.0
    assert (tmp_path / "out" / "spot" / "comparison.png").is_file()
    assert str(tmp_path / "out" / "spot" / "comparison.png") in done.stdout


def test_min_confidence_lists_what_falls_short_and_fails(inputs):
    result = run_on(inputs, "--min_confidence", "1")
    assert result.exit_code == 1
    entries = read_poses(inputs / "out")
    assert [entry["status"] for entry in entries] == ["ok", "ok"]
    lines = result.stderr.splitlines()
    start = lines.index("2 of 2 below --min_confidence 1:")
    assert lines[start + 1 :] == [f"  {name}: confidence {entries[0]['confidence']:.2f}: good" for name in ("a", "b")]


def test_min_confidence_counts_what_earlier_runs_finished(inputs):
    assert run_on(inputs, "--quiet").exit_code == 0
    again = run_on(inputs, "--quiet", "--min_confidence", "1")
    assert again.exit_code == 1
    assert "2 of 2 below --min_confidence 1:" in again.stderr
    assert run_on(inputs, "--quiet", "--min_confidence", "0").exit_code == 0


def test_results_of_an_earlier_version_have_no_confidence(inputs):
    run_on(inputs, "--quiet")
    path = inputs / "out" / "poses.json"
    tree = json.loads(path.read_text())
    for key in ("confidence", "verdict", "reason"):
        del tree["poses"][0][key]
    path.write_text(json.dumps(tree))
    result = run_on(inputs, "--quiet", "--min_confidence", "0")
    assert result.exit_code == 1
    assert "  a: its confidence is not known; --overwrite estimates it again" in result.stderr.splitlines()


@pytest.mark.parametrize("value", ["1.5", "-0.1", "nan", "much"])
def test_min_confidence_is_a_probability(inputs, value):
    result = run_on(inputs, "--min_confidence", value)
    assert result.exit_code == 2
    assert "--min_confidence" in result.stderr


def test_each_line_and_the_table_tell_the_verdict(inputs):
    result = run_on(inputs)
    entry = read_poses(inputs / "out")[0]
    assert f"; confidence {entry['confidence']:.2f}: good" in result.stderr
    with (inputs / "out" / "poses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["verdict"], row["reason"]) for row in rows] == [("good", ""), ("good", "")]
    assert float(rows[0]["confidence"]) == entry["confidence"]


def test_what_meshes_leave_out_and_which_format_is_taken_is_told(inputs):
    path = inputs / "meshes" / "a.glb"
    tree, chunks = split_glb(path.read_bytes())
    path.write_bytes(pack_glb({**tree, "animations": [{}]}, chunks))
    box = inputs / "meshes" / "a.obj"
    box.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    output = run_on(inputs).output
    assert f"{path}: its animations are not played: the default pose is drawn" in output
    assert f"{box} left out: a.glb is taken" in output
    assert "[2/2]" in output


@pytest.mark.parametrize("command", ["estimate", "merge", "export", "evaluate"])
def test_an_empty_output_folder_is_refused(command):
    program = importlib.import_module(f"camera_estimation.cli.{command}").main
    ended = CliRunner().invoke(program, ["--output_dir", ""])
    assert ended.exit_code == 2
    assert "is empty; name a folder" in ended.output
