"""The flags that give evidence beside the pixels, on the real command line and the packaged example."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.cli.estimate import main
from camera_estimation.cli.masks import main as masks_main
from camera_estimation.configuration import Configuration
from camera_estimation.estimation.doubts import doubts_of
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.plain_values import camera_of

EXAMPLES = EXAMPLE_SAMPLE.mesh_path.parent
FAST = ("--config", "fast", "--quiet")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """The example with six keypoints, of which the second is wrong, and depth in thousandths."""
    folder = tmp_path_factory.mktemp("evidence")
    for name in ("spot.glb", "spot.png"):
        shutil.copy(EXAMPLES / name, folder / name)
    truth = json.loads((EXAMPLES / "expected_camera.json").read_text())
    camera = camera_of(truth)
    mesh = load_mesh(folder / "spot.glb")
    _, points = Renderer(mesh).draw(mesh.to_normalized(camera).to(torch.float32))
    seen = torch.nonzero(points[0, 3] > 0)
    picked = seen[torch.randperm(len(seen), generator=torch.Generator().manual_seed(0))[:6]]
    entries = []
    for number, (row, column) in enumerate(picked.tolist()):
        xyz = points[0, :3, row, column].double() * mesh.radius + mesh.center
        uv = camera.project(xyz[None, None])[0][0, 0] + (50.0 if number == 1 else 0.0)
        entries.append({"xyz": xyz.tolist(), "uv": uv.tolist(), "name": f"point {number}"})
    (folder / "points").mkdir()
    (folder / "points" / "spot.json").write_text(json.dumps(entries))
    (folder / "depth").mkdir()
    depth = (points[0, 3].numpy() * mesh.radius * 1000).round().astype(np.uint16)
    Image.fromarray(depth).save(folder / "depth" / "spot.png")
    return folder, camera


def run(folder: Path, *flags: str):
    arguments = ["--input_dir", str(folder / "spot.glb"), "--source_images_dir", str(folder / "spot.png"), *FAST]
    arguments += ["--intrinsics", str(EXAMPLES / "intrinsics.json"), "--output_dir", str(folder / "out"), "--overwrite"]
    return CliRunner().invoke(main, [*arguments, *flags])


def entry(folder: Path) -> dict:
    return json.loads((folder / "out" / "spot" / "camera.json").read_text())


def error_deg(found: dict, camera) -> float:
    difference = camera_of(found).rotation[0] @ camera.rotation[0].T
    return float(torch.rad2deg(torch.arccos(((difference.trace() - 1) / 2).clamp(-1, 1))))


@pytest.mark.slow
def test_keypoints_are_followed_reported_and_drawn(scene):
    folder, camera = scene
    assert run(folder).exit_code == 0
    plain = np.asarray(Image.open(folder / "out" / "spot" / "overlay.png"))
    done = run(folder, "--keypoints_dir", str(folder / "points"))
    assert (done.exit_code, done.output) == (0, "")
    found = entry(folder)
    assert error_deg(found, camera) < 1
    assert found["keypoints"]["rejected"] == [False, True, False, False, False, False]
    assert found["keypoints"]["hidden"] == [False] * 6
    assert found["keypoints"]["mean_error"] < 2
    drawn = np.asarray(Image.open(folder / "out" / "spot" / "overlay.png"))
    assert drawn.shape == plain.shape
    changed = (drawn != plain).any(-1)
    for point in json.loads((folder / "points" / "spot.json").read_text()):
        column, row = (int(value) for value in point["uv"])
        assert changed[row - 3 : row + 4, column - 3 : column + 4].any()


@pytest.mark.slow
def test_depth_finds_the_focal_length(scene):
    folder, camera = scene
    depth = ("--depth_dir", str(folder / "depth"), "--depth_scale", "0.001")
    arguments = ["--input_dir", str(folder / "spot.glb"), "--source_images_dir", str(folder / "spot.png"), *FAST]
    arguments += ["--fov_deg", "20", "--optimize_fov", "--output_dir", str(folder / "out"), "--overwrite", *depth]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, done.output) == (0, "")
    found = entry(folder)
    assert found["fx"] == pytest.approx(float(camera.focal[0, 0]), rel=0.02)
    assert found["settings"]["evidence"]["depth_scale"] == 0.001
    assert found["keypoints"] is None
    assert Image.open(folder / "out" / "spot" / "evidence.png").width > 4 * 240  # four panels
    assert run(folder).exit_code == 0
    assert not (folder / "out" / "spot" / "evidence.png").exists()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--keypoints_dir", "{}/none"), "no such folder; check --keypoints_dir"),
        (("--depth_dir", "{}/depth", "--mask", "none"), "--depth_dir is for images with masks"),
        (("--keypoints_dir", "{}/depth"), "has no file for any of the images, such as spot; check --keypoints_dir"),
        (("--region_weights", "{}/none.toml"), "none.toml: no such file"),
    ],
)
def test_wrong_usage_is_one_line(scene, flags, told):
    folder, _ = scene
    done = run(folder, *(flag.format(folder) for flag in flags))
    assert done.exit_code == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_regions_are_read_from_the_folder_of_masks(scene):
    """camera-masks makes them; the weights count, are stored and are shown, and so is the semantic preset."""
    folder, camera = scene
    masks = folder / "masks"
    made = CliRunner().invoke(
        masks_main, ["--source_images_dir", str(folder / "spot.png"), "--output_dir", str(masks), "--quiet"]
    )
    assert (made.exit_code, made.output) == (0, "")
    (folder / "half.toml").write_text("lighting = 0.0\nbackground = 0.5")
    done = run(folder, "--masks_dir", str(masks), "--region_weights", str(folder / "half.toml"))
    assert (done.exit_code, done.output) == (0, "")
    assert entry(folder)["settings"]["evidence"]["region_weights"] == {"lighting": 0.0, "background": 0.5}
    assert (folder / "out" / "spot" / "evidence.png").is_file()
    assert error_deg(entry(folder), camera) < 1
    done = run(folder, "--masks_dir", str(masks), "--config", "semantic/style")
    assert (done.exit_code, done.output) == (0, "")
    assert error_deg(entry(folder), camera) < 1


@pytest.mark.slow
def test_evidence_that_is_contradicted_as_a_whole_is_told(scene):
    folder, camera = scene
    entries = json.loads((folder / "points" / "spot.json").read_text())
    far = folder / "far"
    far.mkdir(exist_ok=True)
    (far / "spot.json").write_text(
        json.dumps([{**point, "uv": [point["uv"][0] + 3000, point["uv"][1]]} for point in entries])
    )
    done = run(folder, "--keypoints_dir", str(far), "--depth_dir", str(folder / "depth"))
    assert done.exit_code == 0
    found = entry(folder)
    assert error_deg(found, camera) < 1
    assert all(found["keypoints"]["rejected"])
    assert found["depth_difference"] > 100  # depth in thousandths, whose scale was forgotten
    estimate = SimpleNamespace(
        keypoints=SimpleNamespace(rejected=torch.tensor(found["keypoints"]["rejected"])),
        depth_difference=found["depth_difference"],
        config=Configuration(),
        camera=camera,
        focal_estimated=False,
    )
    none, off = doubts_of(estimate, load_mesh(folder / "spot.glb").radius)
    assert "none of its keypoints" in none
    assert "--depth_scale" in off


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("keypoint_weight = -1.0", "evidence.keypoint_weight must be a number from 0"),
        ("depth_tolerance = 0.0", "evidence.depth_tolerance must be a number above 0"),
        ('depth_kind = "disparity"', "choose metric, relative, inverse"),
        ('region_weights = { hair = "0.0" }', "'hair' is a weight, a number from 0"),
    ],
)
def test_wrong_settings_are_told_before_any_work(scene, setting, told):
    folder, _ = scene
    (folder / "wrong.toml").write_text(f"[evidence]\n{setting}\n")
    done = run(folder, "--config", str(folder / "wrong.toml"))
    assert done.exit_code == 2
    assert told in done.stderr


def test_one_images_broken_file_is_its_own_failure(scene):
    folder, _ = scene
    broken = folder / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "spot.json").write_text('[{"xyz": [0, 0], "uv": [1, 2]}]')
    done = run(folder, "--keypoints_dir", str(broken))
    assert done.exit_code == 1
    assert "spot.json: entry 1" in done.stderr
    (folder / "weights.toml").write_text("hair = 0.0")
    done = run(folder, "--region_weights", str(folder / "weights.toml"))
    assert done.exit_code == 1
    assert "make it with camera-masks" in done.stderr
