"""What handwritten pages say of the code: names, flags and conversions in them are true."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from camera_estimation.cli import compare, estimate, evaluate, export, insert, masks, merge, serve, studio
from camera_estimation.configuration import Configuration, load_preset, tomllib
from camera_estimation.geometry import make_camera

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = {
    "camera-compare": compare,
    "camera-estimate": estimate,
    "camera-evaluate": evaluate,
    "camera-export": export,
    "camera-insert": insert,
    "camera-masks": masks,
    "camera-merge": merge,
    "camera-serve": serve,
    "camera-studio": studio,
}
# Of scripts, TensorBoard, pip, mkdocs, and programs that exports are for.
OTHER_FLAGS = {
    *("--figures", "--write", "--logdir", "--no-deps", "--strict"),
    *("--set", "--table"),  # of the scripts about light
    *("--background", "--python"),  # of Blender
    *("--data", "--center-method", "--auto-scale-poses", "--plot"),  # of ns-train and evo_traj
    *("--import_path", "--image_path"),  # of colmap
    *("--colmap-path", "--images-path", "--masks-path", "--orientation-method"),  # of ns-train
    *("--data_dir", "--data_factor"),  # of gsplat
    *("--build-arg", "--cap-drop", "--gpus", "--read-only", "--security-opt", "--target", "--tmpfs"),  # of docker
    *("--array", "--cpus-per-task", "--dependency", "--gres", "--job-name", "--mem", "--parsable", "--requeue"),
    *("--signal", "--time", "--wrap"),  # as those before, of sbatch
    *("--address", "--block", "--exclude", "--head", "--include-dashboard", "--num-cpus", "--port"),  # of ray start
    *("--gpus-per-node", "--nodes", "--ntasks", "--ntasks-per-node", "--overlap"),  # of sbatch and srun
    *("--count", "--kill", "--kills", "--part", "--size"),  # of scripts
}
OTHER_SCRIPTS = {"scripts/eval_bop19_pose.py"}  # of bop_toolkit


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def flags_of_benchmark(module: str) -> set[str]:
    """Of ``python -m MODULE``, and of the modules of benchmarks that it takes flags from."""
    path = ROOT.joinpath(*module.split("."))
    source = (path / "__main__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    imported = re.findall(r"^from (benchmarks\.[\w.]+) import", source, re.MULTILINE)
    return set(re.findall(r"\"(--[a-z_]+)\"", source)).union({"--help", "-h"}, *map(flags_of_benchmark, imported))


def flags_of(module) -> set[str]:
    command = getattr(module, "main", module)
    return {name for option in command.params for name in option.opts} | {"--help", "-h"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_pages_imports_what_exists(page):
    for block in blocks(page.read_text(encoding="utf-8"), "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("camera_estimation"):
                for alias in node.names:
                    assert hasattr(import_module(node.module), alias.name), alias.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_flags_on_pages_exist(page):
    text = page.read_text(encoding="utf-8")
    benchmarks = re.findall(r"python -m (benchmarks(?:\.\w+)?)", text)
    known = OTHER_FLAGS.union(*map(flags_of, COMMANDS.values()), *map(flags_of_benchmark, benchmarks))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z_-]*", text)) - known - {"--"} == set()
    for block in blocks(text, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            command = line.split("#")[0].split()[:1]
            if command and command[0] in COMMANDS:
                used = set(re.findall(r"(?<!\S)--[a-z_-]+", line.split("#")[0]))
                assert used <= flags_of(COMMANDS[command[0]]), line
    for module, flags in re.findall(r"python -m (benchmarks(?:\.\w+)?)([^`#\n]*)", text):
        assert set(re.findall(r"(?<!\S)--[a-z_-]+", flags)) <= flags_of_benchmark(module), module


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_scripts_on_pages_exist_with_their_flags(page):
    for path, flags in re.findall(r"\b(scripts/\w+\.(?:py|sh))([^`#\n]*)", page.read_text(encoding="utf-8")):
        if path in OTHER_SCRIPTS:
            continue
        script = ROOT / path
        assert script.is_file(), path
        if script.suffix == ".py":
            source = script.read_text(encoding="utf-8")
            passed_on = flags_of(estimate) if "parse_known_args" in source else set()
            used = set(re.findall(r"(?<!\S)--[a-z_]+", flags)) - passed_on
            assert {flag for flag in used if f'"{flag}"' not in source} == set(), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_on_pages_are_taken(page, tmp_path):
    """Blocks of TOML that have a table of the configuration; others are of other files."""
    tables = {field.name for field in fields(Configuration)}
    for number, block in enumerate(blocks(page.read_text(encoding="utf-8"), "toml")):
        if tables & tomllib.loads(block).keys():
            (tmp_path / f"{number}.toml").write_text(block, encoding="utf-8")
            load_preset(str(tmp_path / f"{number}.toml"))


@pytest.fixture
def camera():
    """Looks at the origin from aside; its principal point is off centre."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    pose = np.eye(4)
    pose[:3, :3] = turn * np.sign(np.linalg.det(turn))
    pose[:3, 3] = (0.1, -0.2, 3.0)
    return make_camera(torch.tensor(pose)[None], torch.tensor([700.0, 710.0, 300.0, 260.0]), 640, 480)


@pytest.fixture
def points():
    return np.random.default_rng(1).uniform(-0.5, 0.5, (20, 3))


@pytest.fixture
def recipes(camera, points, tmp_path, monkeypatch):
    """Names that the recipes of the page of conventions leave, by their heading; the first block comes before each."""
    (fx, fy), (cx, cy) = camera.focal[0].tolist(), camera.principal_point[0].tolist()
    entry = {"fx": fx, "fy": fy, "cx": cx, "cy": cy, "width": camera.width, "height": camera.height}
    entry["world_to_camera"] = camera.world_to_camera[0].tolist()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "poses.json").write_text(json.dumps({"poses": [entry]}))
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    head, *sections = re.split(r"^### ", text, flags=re.MULTILINE)
    common = blocks(head, "python")[0]

    def run(heading: str, **names) -> dict:
        section = next(section for section in sections if section.startswith(heading))
        names = {"points": points, **names}
        exec(common + blocks(section, "python")[0], names)
        return names

    return run


def project(camera, points):
    return camera.project(torch.tensor(points)[None])[0][0].numpy()


def test_recipe_for_opencv(recipes, camera, points):
    pixels = recipes("OpenCV")["pixels"][:, 0]
    np.testing.assert_allclose(pixels + 0.5, project(camera, points), atol=1e-6)


def test_recipe_for_colmap(recipes, camera):
    _, *numbers, _, name = recipes("COLMAP")["image_line"].split()
    w, x, y, z, *translation = map(float, numbers)
    first_row = [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)]
    np.testing.assert_allclose(first_row, camera.rotation[0, 0], atol=1e-9)
    np.testing.assert_allclose(translation, camera.translation[0])
    assert name == "photo.png"


def opengl_pixels(camera_to_world, points_z_up, focal_share):
    """Of points in a +Z-up world: right and up of the image's middle, in units of ``focal_share``."""
    seen = (np.linalg.inv(camera_to_world) @ np.c_[points_z_up, np.ones(len(points_z_up))].T).T[:, :3]
    assert (seen[:, 2] < 0).all()  # it looks along -z
    return focal_share * seen[:, :2] / -seen[:, 2:]


def turn_to_z_up(points):
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1)


def test_recipe_for_nerfstudio(recipes, camera, points):
    frame = recipes("nerfstudio")["frame"]
    right_up = opengl_pixels(np.array(frame["transform_matrix"]), turn_to_z_up(points), 1.0)
    u, v = frame["fl_x"] * right_up[:, 0] + frame["cx"], -frame["fl_y"] * right_up[:, 1] + frame["cy"]
    np.testing.assert_allclose(np.stack([u, v], axis=1), project(camera, points), atol=1e-6)


def test_recipe_for_blender(recipes, camera, points):
    """Blender's film: lens over the sensor's width, shifted against the shift, in widths of the image."""
    square = camera.__class__(**{**vars(camera), "focal": camera.focal[:, :1].expand(-1, 2)})  # pixels are square there
    film = SimpleNamespace(sensor_width=36.0)
    names = {
        "camera": SimpleNamespace(data=film),
        "mathutils": SimpleNamespace(Matrix=np.array),
        "scene": SimpleNamespace(render=SimpleNamespace()),
        "camera_to_world": recipes("nerfstudio")["camera_to_world"],
    }
    recipes("Blender", **names)
    right_up = opengl_pixels(names["camera"].matrix_world, turn_to_z_up(points), film.lens / film.sensor_width)
    u = camera.width * (0.5 + right_up[:, 0] - film.shift_x)
    v = camera.height / 2 - camera.width * (right_up[:, 1] - film.shift_y)
    np.testing.assert_allclose(np.stack([u, v], axis=1), project(square, points), atol=1e-6)


def test_recipe_for_pytorch3d(recipes, camera, points):
    pytest.importorskip("pytorch3d.renderer")
    cameras = recipes("PyTorch3D")["cameras"]
    screen = cameras.transform_points_screen(torch.tensor(points, dtype=torch.float32))
    np.testing.assert_allclose(screen[:, :2].numpy(), project(camera, points), atol=1e-2)


def test_recipe_for_bop(recipes, camera, points):
    names = recipes("BOP")
    rotation = np.reshape(names["cam_R_m2c"], (3, 3))
    in_camera = turn_to_z_up(1000 * points) @ rotation.T + names["cam_t_m2c"]
    pixels = in_camera @ np.reshape(names["cam_K"], (3, 3)).T
    np.testing.assert_allclose(pixels[:, :2] / pixels[:, 2:] + 0.5, project(camera, points), atol=1e-6)


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_places_in_the_package_exist(page):
    """Paths that tables name: relative to the package, or to the repository's root."""
    for place in re.findall(r"`((?:\w+/)+(?:\w+\.\w+)?)`", (ROOT / page).read_text(encoding="utf-8")):
        if "ROOM" in place:
            continue
        place = place.replace("NAME.py", "__init__.py")
        assert (ROOT / "camera_estimation" / place).exists() or (ROOT / place).exists(), place


def test_the_job_for_kubernetes_is_one_that_runs_the_command():
    import yaml

    [block] = blocks((ROOT / "docs" / "guide" / "ray.md").read_text(encoding="utf-8"), "yaml")
    job = yaml.safe_load(block)
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    command, *flags = job["spec"]["entrypoint"].split()
    assert command == "camera-estimate"
    assert {flag for flag in flags if flag.startswith("--")} <= flags_of(estimate)
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    containers = [group["template"]["spec"]["containers"][0] for group in groups]
    assert len({container["image"] for container in containers}) == 1
    assert all(group["rayStartParams"] is not None for group in groups)
    mounts = {mount["name"] for container in containers for mount in container.get("volumeMounts", ())}
    assert mounts == {volume["name"] for group in groups for volume in group["template"]["spec"].get("volumes", ())}


@pytest.mark.parametrize("page", ["batch-runs", "ray"])
def test_scripts_for_slurm_are_bash(page):
    text = (ROOT / "docs" / "guide" / f"{page}.md").read_text(encoding="utf-8")
    [script] = [block for block in blocks(text, "bash") if block.startswith("#!/bin/bash")]
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
