"""--mask none and --boxes: an object before a textured background, through the real command line."""

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
from tests.support.shapes import smooth_texture


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """The packaged example before a texture, and its mask."""
    folder = tmp_path_factory.mktemp("photo")
    rgba = np.asarray(Image.open(EXAMPLE_SAMPLE.image_path).convert("RGBA")).astype(float)
    texture = Image.fromarray(smooth_texture(seed=3).texels.numpy()).resize((rgba.shape[1], rgba.shape[0]))
    alpha = rgba[..., 3:] / 255
    picture = alpha * rgba[..., :3] + (1 - alpha) * np.asarray(texture)
    Image.fromarray(picture.round().astype(np.uint8)).save(folder / EXAMPLE_SAMPLE.image_path.name)
    (folder / "quick.toml").write_text(SETTINGS)
    return folder, alpha[..., 0] >= 0.5


def run(folder, output_dir, *flags):
    arguments = [
        "--input_dir",
        EXAMPLE_SAMPLE.mesh_path,
        "--source_images_dir",
        folder / EXAMPLE_SAMPLE.image_path.name,
    ]
    arguments += ["--intrinsics", EXAMPLE_INTRINSICS, "--config", folder / "quick.toml", "--output_dir", output_dir]
    return CliRunner().invoke(main, [str(argument) for argument in (*arguments, *flags)])


@pytest.mark.slow
@pytest.mark.parametrize(("boxed", "large"), [(False, False), (True, False), (True, True)])
def test_recovers_the_camera_and_the_mask(photo, tmp_path, monkeypatch, boxed, large):
    folder, mask = photo
    flags = []
    if large:
        monkeypatch.setattr("camera_estimation.estimation.unmasked._reduced_image.WORKING_PIXELS", mask.size // 4)
    if boxed:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = [int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])]
        (tmp_path / "boxes.json").write_text(json.dumps({EXAMPLE_SAMPLE.image_path.name: box}))
        flags = ["--boxes", tmp_path / "boxes.json"]
    result = run(folder, tmp_path / "out", "--mask", "none", *flags)
    assert result.exit_code == 0, result.output
    (entry,) = read_poses(tmp_path / "out")
    assert entry["mask"] == "estimated"
    assert (entry["width"], entry["height"]) == mask.shape[::-1]
    assert example_rotation_error_deg(tmp_path / "out") < 3
    found = np.asarray(Image.open(tmp_path / "out" / entry["name"] / "mask.png").convert("L")) >= 128
    assert (found & mask).sum() / (found | mask).sum() > 0.9


@pytest.mark.slow
def test_without_any_mask_the_object_is_looked_for(photo, tmp_path):
    """Nothing says where it is but a click, and nothing says that there is no mask."""
    folder, mask = photo
    rows, columns = np.nonzero(mask)
    middle = np.argmin(np.hypot(rows - rows.mean(), columns - columns.mean()))
    point = [int(columns[middle]), int(rows[middle])]
    (tmp_path / "points.json").write_text(json.dumps({EXAMPLE_SAMPLE.image_path.stem: point}))
    result = run(folder, tmp_path / "out", "--points", tmp_path / "points.json")
    assert result.exit_code == 0, result.output
    assert "no alpha, mask file or plain background: the object is looked for about its points" in result.output
    (entry,) = read_poses(tmp_path / "out")
    assert entry["mask"] == "estimated"
    assert example_rotation_error_deg(tmp_path / "out") < 3


def test_points_outside_of_the_image_fail_the_sample(photo, tmp_path):
    (tmp_path / "points.json").write_text(json.dumps({EXAMPLE_SAMPLE.image_path.stem: [9000, 5]}))
    result = run(photo[0], tmp_path / "out", "--points", tmp_path / "points.json")
    assert result.exit_code == 1
    assert "is outside of the image" in read_poses(tmp_path / "out")[0]["error"]


def test_boxes_outside_of_the_image_fail_the_sample(photo, tmp_path):
    (tmp_path / "boxes.json").write_text(json.dumps({EXAMPLE_SAMPLE.image_path.stem: [9000, 0, 9900, 100]}))
    result = run(photo[0], tmp_path / "out", "--mask", "none", "--boxes", tmp_path / "boxes.json")
    assert result.exit_code == 1
    assert "its box has fewer" in read_poses(tmp_path / "out")[0]["error"]
