"""--workers and --shard on rendered pictures of the packaged example, through real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from camera_estimation.cli.estimate import main
from camera_estimation.cli.merge import main as merge
from tests.support.orbits import SETTINGS
from tests.support.process_runs import timeless
from tests.support.rendered_frames import render_frames

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 500


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frames")
    render_frames(folder, "--frames", "5", "--size", "128")
    (folder / "quick.toml").write_text(SETTINGS)
    return folder


def run(frames, output_dir, *flags):
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "--pairs", str(frames / "pairs.csv")]
    command += ["--intrinsics", str(frames / "intrinsics.json"), "--config", str(frames / "quick.toml"), "--device"]
    command += ["cpu", "--threads", "1", "--seed", "5", "--output_dir", str(output_dir), *flags]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def alone(frames, tmp_path_factory):
    output_dir = tmp_path_factory.mktemp("alone")
    run(frames, output_dir)
    return timeless(output_dir)


@pytest.mark.slow
def test_four_workers_find_the_poses_of_one_process_to_the_last_digit(frames, alone, tmp_path):
    done = run(frames, tmp_path, "--workers", "4", "--json")
    assert timeless(tmp_path) == alone
    assert sorted(json.loads(line)["name"] for line in done.stdout.splitlines()) == [entry["name"] for entry in alone]
    assert (tmp_path / "report.html").is_file()
    assert (tmp_path / alone[0]["name"] / "overlay.png").is_file()


@pytest.mark.slow
def test_shards_find_them_too(frames, alone, tmp_path):
    for index in (1, 2):
        run(frames, tmp_path, "--shard", f"{index}/2", "--no_pictures", "--workers", "1")
    result = CliRunner().invoke(merge, [str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert timeless(tmp_path) == alone


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_a_ray_cluster_finds_them_too_to_the_last_digit(frames, alone, tmp_path):
    run(frames, tmp_path, "--executor", "ray", "--workers", "2")
    assert timeless(tmp_path) == alone
    assert (tmp_path / alone[0]["name"] / "overlay.png").is_file()


@pytest.mark.slow
def test_frames_of_a_sequence_follow_each_other_in_a_worker(frames, tmp_path):
    run(frames, tmp_path / "alone", "--sequence", "--no_pictures")
    run(frames, tmp_path / "workers", "--sequence", "--no_pictures", "--workers", "2")
    assert timeless(tmp_path / "workers") == timeless(tmp_path / "alone")
    assert [entry["start"] for entry in timeless(tmp_path / "workers")][1:] != ["search"] * 4


@pytest.mark.slow
def test_images_that_are_estimated_together_are_so_in_a_worker(frames, tmp_path):
    run(frames, tmp_path / "alone", "--joint", "--no_pictures", "--max_samples", "2")
    run(frames, tmp_path / "workers", "--joint", "--no_pictures", "--max_samples", "2", "--workers", "2")
    assert timeless(tmp_path / "workers") == timeless(tmp_path / "alone")
    shared = [json.loads((tmp_path / name / "joint.json").read_text())["groups"] for name in ("alone", "workers")]
    assert shared[0] == shared[1]


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--workers", "0"], "'--workers'"),
        (["--workers", "many"], "'--workers'"),
        (["--timeout", "0"], "'--timeout'"),
        (["--timeout", "nan"], "is not a number"),
        (["--executor", "clouds"], "'clouds' is not"),
        (["--shard", "3/2"], "--shard 3/2: give I/N, such as 1/8 to 8/8"),
        (["--shard", "1/2", "--export", "colmap"], "give --export to camera-merge"),
        (["--shard", "1/2", "--smooth", "2"], "--smooth writes what is of all samples, --shard is a part of them"),
        (["--shard", "1/2", "--record"], "--record writes what is of all samples"),
        (["--shard", "1/2", "--random_init", "4"], "--random_init writes what is of all samples"),
    ],
)
def test_wrong_flags_are_told_in_a_line(flags, line, tmp_path):
    result = CliRunner().invoke(main, ["--demo", "--output_dir", str(tmp_path), *flags])
    assert result.exit_code == 2
    assert line in result.output
    assert len(result.output.splitlines()) == 1
