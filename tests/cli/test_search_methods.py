"""``--search`` and the ancestor's preset through the real command line, on a box and with few steps."""

from __future__ import annotations

import json
import math

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from camera_estimation.cli.estimate import main
from camera_estimation.configuration.presets import PRESET_FOLDER
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.refinement.gradient_descent import descend
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.pose_file import read_poses
from tests.support.shapes import source_image_of
from tests.support.small_samples import camera_around_box, write_box


@pytest.fixture
def sample(tmp_path):
    """A box, a picture of it with known intrinsics, and its true camera."""
    mesh = load_mesh(write_box(tmp_path / "box.glb"))
    camera = camera_around_box(160, 120)
    image = source_image_of(Renderer(mesh).supersample(mesh.to_normalized(camera).to(torch.float32), 2))
    pixels = torch.cat([image.rgb, image.mask]).permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(tmp_path / "box.png")
    names = ("fx", "fy", "cx", "cy")
    values = torch.cat([camera.focal[0], camera.principal_point[0]]).tolist()
    (tmp_path / "known.json").write_text(json.dumps({"box.png": dict(zip(names, values, strict=True))}))
    return tmp_path, camera


def run_on(folder, *arguments):
    return CliRunner().invoke(
        main,
        [
            *("--input_dir", str(folder / "box.glb"), "--source_images_dir", str(folder / "box.png")),
            *("--intrinsics", str(folder / "known.json"), "--output_dir", str(folder / "out"), "--device", "cpu"),
            *("--mesh_quality", "exact", "--occlusion", "off"),
            *arguments,
        ],
    )


def error_deg(folder, camera) -> float:
    (entry,) = read_poses(folder / "out")
    assert entry["status"] == "ok"
    found = torch.tensor(entry["world_to_camera"], dtype=torch.float64)
    return math.degrees(rotmat_geodesic_distance(found[:3, :3], camera.rotation[0]).item())


def settings(folder):
    return json.loads((folder / "out" / "run.json").read_text())["settings"]


def test_swarm_then_gauss_newton(sample):
    folder, camera = sample
    done = run_on(folder, "--search", "pso", "--roll", "upright", "--loss_type", "l1l2", "--seed", "3")
    assert done.exit_code == 0, done.output
    assert (settings(folder)["search"]["method"], settings(folder)["seed"]) == ("pso", 3)
    assert error_deg(folder, camera) < 1


def test_evolution_then_gauss_newton(sample):
    pytest.importorskip("cma")
    folder, camera = sample
    (folder / "few.toml").write_text("[search.evolution]\nsamples = 500\nstarts = 6\nevaluations = 2000\n")
    arguments = ("--search", "cma", "--config", str(folder / "few.toml"), "--roll", "upright", "--loss_type", "l1l2")
    done = run_on(folder, *arguments)
    assert done.exit_code == 0, done.output
    assert error_deg(folder, camera) < 1


def short_preset(folder, steps: int) -> str:
    """A file of the preset v2m4 with fewer steps of descent and smaller pictures."""
    preset = (PRESET_FOLDER / "v2m4.toml").read_text()
    assert "steps = 300" in preset
    assert preset.index("steps = 300") > preset.index("[loss]")
    path = folder / "short.toml"
    path.write_text(preset.replace("steps = 300", f"steps = {steps}\nresolution = 96").replace(" = 96", " = 64"))
    return str(path)


def test_pipeline_of_the_ancestor(sample):
    folder, camera = sample
    done = run_on(folder, "--config", short_preset(folder, 60), "--loss_type", "l1l2")
    assert done.exit_code == 0, done.output
    found = settings(folder)
    assert (found["search"]["method"], found["refinement"]["levels"], found["loss"]["steps"]) == ("pso", [], 60)
    assert error_deg(folder, camera) < 3


def test_without_gauss_newton_the_default_objective_is_descended_too(sample, monkeypatch):
    folder, _ = sample
    steps = []

    def noted(*arguments, **options):
        steps.append(arguments[2])
        return descend(*arguments, **options)

    monkeypatch.setattr("camera_estimation.estimation.selection.descend", noted)
    done = run_on(folder, "--config", short_preset(folder, 3))
    assert done.exit_code == 0, done.output
    assert steps == [3]


def test_missing_package_is_one_line(sample, monkeypatch):
    folder, _ = sample
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = run_on(folder, "--search", "cma")
    assert done.exit_code == 2
    assert done.stderr == "Error: search 'cma' needs the package cma, which is not installed: pip install 'cma>=4'\n"
    assert not (folder / "out").exists()
