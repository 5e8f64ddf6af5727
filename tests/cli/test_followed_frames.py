"""Frames of a sequence of which only the first has a mask, through the real command line."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from camera_estimation.cli.estimate import main
from camera_estimation.results.plain_values import camera_of
from camera_estimation.results.pose_file import read_poses
from camera_estimation.results.stages_file import read_stages
from tests.support.orbits import SETTINGS, angle_deg
from tests.support.rendered_frames import render_frames
from tests.support.shapes import smooth_texture

COUNT = 5


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Small frames of the packaged example: ``images`` with alpha, ``opaque`` ones, and the mask of the first."""
    folder = tmp_path_factory.mktemp("frames")
    render_frames(folder, "--frames", str(COUNT), "--size", "160")
    (folder / "quick.toml").write_text(SETTINGS)
    (folder / "masks").mkdir()
    (folder / "opaque").mkdir()
    behind = Image.fromarray(smooth_texture(64, 9).texels.numpy() // 2).resize((160, 160), Image.Resampling.BICUBIC)
    for index, path in enumerate(sorted((folder / "images").glob("*.png"))):
        rgba = Image.open(path)
        Image.alpha_composite(behind.convert("RGBA"), rgba).convert("RGB").save(folder / "opaque" / path.name)
        if index == 0:
            rgba.getchannel("A").save(folder / "masks" / path.name)
    rows = list(csv.DictReader((folder / "pairs.csv").open()))
    with (folder / "opaque.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["mesh", "image"])
        writer.writerows([row["mesh"], row["image"].replace("images/", "opaque/")] for row in rows)
    return folder


def run(frames, output_dir, *flags, pairs="opaque.csv", code=0):
    arguments = ["--pairs", frames / pairs, "--intrinsics", frames / "intrinsics.json", "--output_dir", output_dir]
    arguments += ["--config", frames / "quick.toml", "--sequence", *flags]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def followed(frames, tmp_path_factory):
    output_dir = tmp_path_factory.mktemp("followed")
    return output_dir, run(frames, output_dir, "--masks_dir", frames / "masks", "--smooth", "1")


def errors_deg(frames, output_dir):
    truths = [json.loads(path.read_text()) for path in sorted((frames / "gt").glob("*.json"))]
    entries = read_poses(output_dir)
    return [angle_deg(camera_of(entry), camera_of(truth)) for entry, truth in zip(entries, truths, strict=True)]


def test_frames_without_masks_follow_the_first(frames, followed):
    output_dir, result = followed
    entries = read_poses(output_dir)
    assert [entry["start"] for entry in entries] == ["search", *["tracked"] * (COUNT - 1)]
    assert max(errors_deg(frames, output_dir)) < 2
    assert "frames follow the ones before by contour and details" in result.stderr


def test_entries_have_what_others_have(followed):
    first, *others = read_poses(followed[0])
    for entry in others:
        assert entry.keys() == first.keys()
        assert entry["status"] == "ok"
        assert entry["loss"] is None
        assert entry["mask"] == "estimated"
        assert 0 < entry["confidence"] <= first["confidence"]
        assert entry["uncertainty"]["rotation_deg"] > 0
        assert "track" in entry["seconds"]


def test_files_are_those_of_estimates(followed):
    output_dir, result = followed
    first, *others = (output_dir / entry["name"] for entry in read_poses(output_dir))
    for folder in others:
        assert {path.name for path in folder.iterdir()} == {path.name for path in first.iterdir()}
        assert [stage.name for stage in read_stages(folder)] == ["track"]
        assert np.asarray(Image.open(folder / "mask.png")).any()
    assert f"smoothed: {COUNT} poses" in result.stdout
    assert (output_dir / "report.html").is_file()


def test_an_interrupted_run_goes_on_from_the_last_frame(frames, followed, tmp_path):
    output_dir = tmp_path / "out"
    shutil.copytree(followed[0], output_dir)
    for entry in read_poses(output_dir)[3:]:
        shutil.rmtree(output_dir / entry["name"])
    result = run(frames, output_dir, "--masks_dir", frames / "masks")
    assert f"skipping what is finished: 3 of {COUNT}" in result.stderr
    assert [entry["start"] for entry in read_poses(output_dir)][3:] == ["tracked"] * (COUNT - 3)
    assert max(errors_deg(frames, output_dir)) < 2


def test_masks_are_used_where_frames_have_them(frames, tmp_path):
    run(frames, tmp_path / "out", "--tracking_method", "contour", pairs="pairs.csv")
    entries = read_poses(tmp_path / "out")
    assert [entry["start"] for entry in entries][1:] == ["tracked"] * (COUNT - 1)
    assert [entry["mask"] for entry in entries] == ["given"] * COUNT
    assert max(errors_deg(frames, tmp_path / "out")) < 1


def test_what_needs_estimates_is_told_to_who_wants_none(frames, tmp_path):
    flags = ["--tracking_method", "contour", "--mesh_quality", "generated", "--max_samples", "2"]
    result = run(frames, tmp_path / "out", *flags, pairs="pairs.csv")
    assert "frames are estimated each, not followed: the mesh may be bent" in result.stderr
    assert [entry["start"] for entry in read_poses(tmp_path / "out")] == ["search", "neighbour"]


def test_sequences_without_masks_cannot_be_refined(frames, tmp_path):
    result = run(frames, tmp_path, "--mask", "none", "--tracking_method", "refine", code=2)
    assert "--sequence judges poses by the mask: leave --mask none away" in result.output
