"""Videos through the real command lines: a rendered orbit as a clip, beside its frames as pictures."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from camera_estimation.cli.estimate import main
from camera_estimation.cli.masks import main as masks
from camera_estimation.io import video_file
from camera_estimation.results.plain_values import camera_of
from camera_estimation.results.pose_file import read_poses
from tests.support.orbits import SETTINGS, angle_deg
from tests.support.rendered_frames import render_frames
from tests.support.videos import write_video

pytest.importorskip("av")
ROOT = Path(__file__).parents[2]
MESH = ROOT / "camera_estimation" / "examples" / "spot.glb"
COUNT = 6


@pytest.fixture(scope="module")
def orbit(tmp_path_factory):
    """Frames before white, as PNG files and as two clips, of which one is stored on its side."""
    folder = tmp_path_factory.mktemp("orbit")
    render_frames(folder, "--frames", str(COUNT), "--size", "128")
    pictures = []
    for path in sorted((folder / "images").glob("*.png")):
        cutout = Image.open(path)
        before_white = Image.alpha_composite(Image.new("RGBA", cutout.size, (255, 255, 255, 255)), cutout)
        before_white.convert("RGB").save(path)
        pictures.append(np.array(before_white.convert("RGB")))
    write_video(folder / "clip.mp4", pictures, options={"crf": "10"}, key_every=3)
    write_video(folder / "turned.mp4", pictures, options={"crf": "10"}, key_every=3, orientation=6)
    camera = json.loads((folder / "gt" / "spot_000.json").read_text())
    intrinsics = {key: camera[key] for key in ("fx", "fy", "cx", "cy")}
    names = ["clip.mp4", "turned.mp4", *(f"spot_{number:03d}.png" for number in range(COUNT))]
    (folder / "intrinsics.json").write_text(json.dumps(dict.fromkeys(names, intrinsics)))
    (folder / "quick.toml").write_text(SETTINGS)
    return folder


def run(orbit, images, output_dir, *flags, command=main):
    arguments = ["--source_images_dir", images, "--output_dir", output_dir, *flags]
    if command is main:
        arguments += ["--input_dir", MESH, "--intrinsics", orbit / "intrinsics.json", "--config", orbit / "quick.toml"]
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def errors_deg(orbit, output_dir):
    truth = [json.loads((orbit / "gt" / f"spot_{number:03d}.json").read_text()) for number in range(COUNT)]
    entries = read_poses(output_dir)
    return [angle_deg(camera_of(entry), camera_of(truth[entry["frame"]])) for entry in entries]


@pytest.fixture(scope="module")
def estimated(orbit, tmp_path_factory):
    output_dir = tmp_path_factory.mktemp("clip")
    result = run(orbit, orbit / "clip.mp4", output_dir)
    assert result.exit_code == 0, result.output
    return output_dir, result


@pytest.mark.slow
def test_a_clip_gives_what_its_frames_give(orbit, estimated, tmp_path):
    output_dir, result = estimated
    entries = read_poses(output_dir)
    assert [entry["name"] for entry in entries] == [f"clip_{number:06d}" for number in range(COUNT)]
    assert [entry["frame"] for entry in entries] == list(range(COUNT))
    assert [entry["time_s"] for entry in entries] == pytest.approx([number / 30 for number in range(COUNT)], abs=1e-3)
    assert [entry["start"] for entry in entries] == ["search", *["neighbour"] * (COUNT - 1)]
    assert f"{orbit / 'clip.mp4'}: 6 of 6 frames, 0.00 to 0.17 s" in result.stderr
    assert "frames of a video start from their neighbors" in result.stderr
    with (output_dir / "poses.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["frame"] for row in rows] == [str(number) for number in range(COUNT)]
    assert float(rows[3]["time_s"]) == pytest.approx(0.1, abs=1e-3)
    assert run(orbit, orbit / "images", tmp_path, "--sequence").exit_code == 0
    pictures = read_poses(tmp_path)
    assert [entry["frame"] for entry in pictures] == [None] * COUNT
    apart = [angle_deg(camera_of(clip), camera_of(still)) for clip, still in zip(entries, pictures, strict=True)]
    assert np.median(apart) < 0.3
    assert max(errors_deg(orbit, output_dir)) < 1


@pytest.mark.slow
def test_a_clip_that_is_stored_on_its_side_is_estimated_upright(orbit, tmp_path):
    result = run(orbit, orbit / "turned.mp4", tmp_path, "--every", "3")
    assert result.exit_code == 0, result.output
    assert [entry["name"] for entry in read_poses(tmp_path)] == ["turned_000000", "turned_000003"]
    assert max(errors_deg(orbit, tmp_path)) < 1


@pytest.mark.slow
def test_finished_frames_are_not_decoded_again(orbit, estimated, tmp_path, monkeypatch):
    output_dir = tmp_path / "out"
    shutil.copytree(estimated[0], output_dir)
    shutil.rmtree(output_dir / "clip_000004")
    video_file._reader.cache_clear()
    decoded = []
    advance = video_file._Reader._advance

    def count_and_advance(reader, stamp):
        decoded.append(stamp)
        return advance(reader, stamp)

    monkeypatch.setattr(video_file._Reader, "_advance", count_and_advance)
    result = run(orbit, orbit / "clip.mp4", output_dir)
    assert result.exit_code == 0, result.output
    assert len(decoded) == 1
    assert "5 skipped" in result.stdout
    assert read_poses(output_dir)[4]["start"] == "neighbour"
    assert max(errors_deg(orbit, output_dir)) < 1


@pytest.mark.slow
def test_masks_of_frames_are_made_and_used(orbit, tmp_path):
    made = run(orbit, orbit / "clip.mp4", tmp_path / "masks", "--frames", "1:3", command=masks)
    assert made.exit_code == 0, made.output
    assert all((tmp_path / "masks" / f"clip_00000{number}.png").is_file() for number in (1, 2))
    again = run(orbit, orbit / "clip.mp4", tmp_path / "masks", "--frames", "1:3", command=masks)
    assert "2 skipped" in again.stdout
    result = run(orbit, orbit / "clip.mp4", tmp_path / "out", "--frames", "1:3", "--masks_dir", tmp_path / "masks")
    assert result.exit_code == 0, result.output
    assert max(errors_deg(orbit, tmp_path / "out")) < 1


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--frames", "3"], "--frames 3: give A:B"),
        (["--frames", "99:"], "has no frames in --frames; its frames are 0 to 5"),
        (["--every", "0"], "0"),
    ],
)
def test_wrong_usage_is_one_line(orbit, tmp_path, flags, message):
    result = run(orbit, orbit / "clip.mp4", tmp_path, *flags)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_frames_of_no_video_are_one_line(orbit, tmp_path):
    for command in (main, masks):
        result = run(orbit, orbit / "images", tmp_path, "--every", "2", command=command)
        assert result.exit_code == 2
        assert "--every and --frames choose frames" in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_a_missing_library_is_one_line(orbit, tmp_path, monkeypatch):
    video_file._index.cache_clear()
    monkeypatch.setattr(video_file, "find_spec", lambda name: None)
    result = run(orbit, orbit / "clip.mp4", tmp_path)
    assert result.exit_code == 2
    assert "pip install 'camera-estimation[video]'" in result.stderr
    assert len(result.stderr.splitlines()) == 1
