"""Mask files through the real command line: labels, names, and masks that are inverted."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from camera_estimation.batch.example import EXAMPLE_INTRINSICS, EXAMPLE_SAMPLE, example_rotation_error_deg
from camera_estimation.cli.estimate import main
from camera_estimation.results.pose_file import read_poses
from tests.support.orbits import SETTINGS


@pytest.fixture
def folder(tmp_path):
    """The packaged example before noise, and a folder for its mask."""
    rgba = np.asarray(Image.open(EXAMPLE_SAMPLE.image_path).convert("RGBA")).astype(float)
    alpha = rgba[..., 3:] / 255
    noise = np.random.default_rng(0).integers(0, 256, rgba[..., :3].shape)
    Image.fromarray(np.round(alpha * rgba[..., :3] + (1 - alpha) * noise).astype(np.uint8)).save(tmp_path / "spot.png")
    (tmp_path / "quick.toml").write_text(SETTINGS)
    (tmp_path / "masks").mkdir()
    return tmp_path


def inside() -> np.ndarray:
    return np.asarray(Image.open(EXAMPLE_SAMPLE.image_path).convert("RGBA"))[..., 3] >= 128


def run(folder, *flags):
    arguments = ["--input_dir", EXAMPLE_SAMPLE.mesh_path, "--source_images_dir", folder / "spot.png"]
    arguments += ["--intrinsics", EXAMPLE_INTRINSICS, "--config", folder / "quick.toml", "--output_dir", folder / "out"]
    return CliRunner().invoke(main, [str(argument) for argument in (*arguments, *flags)])


def save_mask(folder, mask: np.ndarray, name: str = "spot.png") -> None:
    Image.fromarray(mask.astype(np.uint8)).save(folder / "masks" / name)


@pytest.mark.slow
def test_one_of_several_labels_is_chosen(folder):
    labels = np.where(inside(), 2, 0)
    labels[:30, :30] = 1
    save_mask(folder, labels)
    result = run(folder, "--masks_dir", folder / "masks")
    assert "spot.png: has several labels (1, 2); choose the object's with --mask_label 1" in result.output
    result = run(folder, "--masks_dir", folder / "masks", "--mask_label", "2", "--overwrite")
    assert result.exit_code == 0, result.output
    assert example_rotation_error_deg(folder / "out") < 1


@pytest.mark.slow
def test_an_inverted_mask_is_turned_round_and_told(folder):
    save_mask(folder, np.where(inside(), 0, 255), "spot.png.png")
    result = run(folder, "--masks_dir", folder / "masks")
    assert result.exit_code == 0, result.output
    assert "spot: its mask (from file) is inverted: what it leaves out explains the mesh" in result.output
    (entry,) = read_poses(folder / "out")
    assert entry["mask"] == "inverted"
    assert example_rotation_error_deg(folder / "out") < 1
    written = np.asarray(Image.open(folder / "out" / "spot" / "mask.png").convert("L")) >= 128
    assert np.array_equal(written, inside())


@pytest.mark.slow
def test_an_inverted_mask_of_a_distorted_picture(folder):
    save_mask(folder, np.where(inside(), 0, 255))
    camera = json.loads(EXAMPLE_INTRINSICS.read_text())["spot.png"]
    (folder / "lens.json").write_text(json.dumps({"spot.png": {**camera, "k1": 1e-3}}))  # next to none: the pose stays
    result = run(folder, "--masks_dir", folder / "masks", "--intrinsics", folder / "lens.json", "--record")
    assert result.exit_code == 0, result.output
    assert "spot: its mask (from file) is inverted: what it leaves out explains the mesh" in result.output
    (out,) = (folder / "out").iterdir()
    (entry,) = read_poses(out)
    assert (entry["mask"], entry["distortion"]["k1"]) == ("inverted", 1e-3)
    assert example_rotation_error_deg(out) < 1
    written = np.asarray(Image.open(out / "spot" / "mask.png").convert("L")) >= 128
    assert np.array_equal(written, inside())
    drawn = np.asarray(Image.open(out / "spot" / "render.png"))[..., 3] >= 128
    assert (drawn & inside()).sum() / (drawn | inside()).sum() > 0.97


def test_names_that_were_looked_for_are_told(folder):
    result = run(folder, "--masks_dir", folder / "masks")
    names = f"spot.png, spot.png.png or spot_mask.png in {folder / 'masks'}"
    assert f"--masks_dir: a mask for 0 of 1 images; looked for {names}" in result.output
    assert "has no alpha, mask file or plain background: the object is looked for in all of it" in result.output


def test_labels_are_of_mask_files(folder):
    result = run(folder, "--mask", "none", "--mask_label", "2")
    assert result.exit_code != 0
    assert "--mask_label is of mask files" in result.output
