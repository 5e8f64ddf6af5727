"""--sequence, --init and --smooth on a rendered sequence of the packaged example, through the real command line."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from camera_estimation.cli.estimate import main
from camera_estimation.geometry.plain_cameras import camera_values
from camera_estimation.results.plain_values import camera_of
from camera_estimation.results.pose_file import read_poses
from tests.support.orbits import SETTINGS, angle_deg
from tests.support.rendered_frames import render_frames


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Six small frames as scripts/render_sequence.py makes them, with a cut in the middle."""
    folder = tmp_path_factory.mktemp("frames")
    render_frames(folder, "--frames", "6", "--size", "128", "--jump")
    (folder / "quick.toml").write_text(SETTINGS)
    return folder


def run(frames, output_dir, *flags):
    arguments = [
        "--pairs",
        frames / "pairs.csv",
        "--intrinsics",
        frames / "intrinsics.json",
        "--output_dir",
        output_dir,
    ]
    arguments += ["--config", frames / "quick.toml", *flags]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


def truth_of(frames, name):
    return camera_of(json.loads((frames / "gt" / f"{name}.json").read_text()))


def worst_error_deg(frames, output_dir, file="poses.json"):
    entries = read_poses(output_dir / file)
    return max(angle_deg(camera_of(entry), truth_of(frames, entry["name"])) for entry in entries)


@pytest.fixture(scope="module")
def tracked(frames, tmp_path_factory):
    output_dir = tmp_path_factory.mktemp("tracked")
    result = run(frames, output_dir, "--sequence", "--smooth", "1")
    return output_dir, result


def test_sequence_with_a_cut(frames, tracked):
    output_dir, result = tracked
    assert [entry["start"] for entry in read_poses(output_dir)] == [
        *("search", "neighbour", "neighbour", "search", "neighbour", "neighbour")
    ]
    assert worst_error_deg(frames, output_dir) < 1
    assert "spot_003: searched again" in result.stderr


def test_smoothed_poses_are_beside_the_others(frames, tracked):
    output_dir, result = tracked
    assert "smoothed: 6 poses" in result.stdout
    assert worst_error_deg(frames, output_dir, "poses_smoothed.json") < 1.5


def test_resumed_sequence_starts_from_what_is_finished(frames, tracked, tmp_path):
    output_dir = tmp_path / "out"
    shutil.copytree(tracked[0], output_dir)
    shutil.rmtree(output_dir / "spot_002")
    run(frames, output_dir, "--sequence")
    entry = next(entry for entry in read_poses(output_dir) if entry["name"] == "spot_002")
    assert entry["start"] == "neighbour"
    assert worst_error_deg(frames, output_dir) < 1


def test_init_starts_from_given_poses_and_searches_the_rest(frames, tmp_path):
    given = {"spot_000": truth_of(frames, "spot_000"), "spot_001": truth_of(frames, "spot_005")}
    poses = {name: camera_values(camera) for name, camera in given.items()}
    (tmp_path / "given.json").write_text(json.dumps(poses))
    result = run(frames, tmp_path / "out", "--init", tmp_path / "given.json", "--max_samples", "3")
    assert [entry["start"] for entry in read_poses(tmp_path / "out")] == ["init", "search", "search"]
    assert worst_error_deg(frames, tmp_path / "out") < 1
    assert "no initial pose for 1 image (spot_002.png): searched" in result.stderr
    assert "spot_001: searched again" in result.stderr
    assert "spot_000: searched again" not in result.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--init", "missing.json"], "missing.json: no such file"),
        (["--smooth", "0"], "0"),
        (["--smooth", "nan"], "not a number"),
    ],
)
def test_wrong_usage(tmp_path, monkeypatch, flags, message):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["--demo", *flags])
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
