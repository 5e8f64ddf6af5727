"""--joint on rendered pictures of the packaged example, through the real command line."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.cli.estimate import main
from camera_estimation.results.plain_values import camera_of
from camera_estimation.results.pose_file import read_poses
from tests.support.orbits import SETTINGS, angle_deg
from tests.support.rendered_frames import render_frames

JOINT_SETTINGS = """
[[joint.levels]]
resolution = 64
blur = 1.0
iterations = 3
keep = 2
"""


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Three small pictures, and settings under which the mesh counts as not quite the object."""
    folder = tmp_path_factory.mktemp("frames")
    render_frames(folder, "--frames", "3", "--size", "128")
    settings = SETTINGS.replace('mesh_quality = "exact"', 'mesh_quality = "generated"')
    (folder / "quick.toml").write_text(settings + JOINT_SETTINGS)
    return folder


def run(frames, output_dir, *flags, code=0):
    files = {"--pairs": "pairs.csv", "--intrinsics": "intrinsics.json", "--config": "quick.toml"}
    arguments = [word for flag, name in files.items() for word in (flag, frames / name)]
    arguments += ["--output_dir", output_dir, "--joint", *flags]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def run_counts(output_dir):
    return json.loads((output_dir / "run.json").read_text())["counts"]


@pytest.fixture(scope="module")
def together(frames, tmp_path_factory):
    output_dir = tmp_path_factory.mktemp("together")
    return output_dir, run(frames, output_dir)


def test_images_of_a_mesh_are_estimated_together(frames, together):
    output_dir, result = together
    entries = read_poses(output_dir)
    assert [entry["start"] for entry in entries] == ["joint"] * 3
    assert len({entry["deformation"] for entry in entries}) == 1
    truth = [camera_of(json.loads((frames / "gt" / f"{entry['name']}.json").read_text())) for entry in entries]
    assert max(angle_deg(camera_of(entry), true) for entry, true in zip(entries, truth, strict=True)) < 2
    assert "spot.glb: is bent by" in result.stderr
    assert "in 3 of 3 images together" in result.stderr


def test_joint_json_tells_what_is_shared(together):
    tree = json.loads((together[0] / "joint.json").read_text())
    (group,) = tree["groups"]
    assert tree["format"] == "camera-estimation/joint"
    assert group["images"] == {f"spot_{index:03d}": {"counted": True} for index in range(3)}
    assert group["deformation"] == read_poses(together[0])[0]["deformation"]
    assert len(group["coefficients"]) > 10
    assert group["focal_lengths"] == []


def test_images_are_estimated_again_all_or_none(frames, together, tmp_path):
    output_dir = tmp_path / "out"
    shutil.copytree(together[0], output_dir)
    assert "skipping what is finished: 3 of 3" in run(frames, output_dir).stderr
    shutil.rmtree(output_dir / "spot_001")
    run(frames, output_dir)
    assert run_counts(output_dir) == {"ok": 3, "failed": 0, "skipped": 0, "not_started": 0}


def test_a_broken_image_leaves_the_others_to_themselves(frames, tmp_path):
    images = [frames / "images" / f"spot_{index:03d}.png" for index in range(3)]
    images[1] = tmp_path / "spot_001.png"
    images[1].write_bytes(b"nothing")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("mesh,image\n" + "".join(f"{EXAMPLE_SAMPLE.mesh_path},{image}\n" for image in images))
    result = run(frames, tmp_path / "out", "--pairs", pairs, code=1)
    assert [entry["status"] for entry in read_poses(tmp_path / "out")] == ["ok", "failed", "ok"]
    assert sum("spot_001" in line for line in result.stderr.splitlines()) == 1
    (group,) = json.loads((tmp_path / "out" / "joint.json").read_text())["groups"]
    assert set(group["images"]) == {"spot_000", "spot_002"}
