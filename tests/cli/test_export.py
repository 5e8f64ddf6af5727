"""``camera-export`` on runs, as one calls it."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from camera_estimation.cli import estimate, export
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.evaluation import load_ground_truth
from camera_estimation.export import create_exporter, export_images, exporter_registry
from camera_estimation.results import load_initial_poses, read_entries, read_posed_images
from tests.support.announced_plugins import announced
from tests.support.runs import TRUE, Workplace
from tests.support.small_samples import write_disc

ONE_MESH = '''
import json

from camera_estimation.errors import InputError
from camera_estimation.export import Exporter


class Names(Exporter):
    """What the images are called."""

    description = "names.json: the images of a mesh"
    one_mesh = True
    option_help = {"suffix": "put after each name", "fail": "name of what cannot be written", "bug": "likewise"}

    def write(self, images, folder):
        if self.options.get("fail") in ("all", images[0].name):
            raise InputError("cannot hold this")
        if self.options.get("bug") == images[0].name:
            raise KeyError("no such thing")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "names.json"
        path.write_text(json.dumps([image.name + self.options.get("suffix", "") for image in images]))
        return [path]
'''


@pytest.fixture
def run(tmp_path) -> Path:
    return Workplace(tmp_path).add_run("run", {"a": TRUE, "b": TRUE, "broken": None})


@pytest.fixture
def names(tmp_path):
    with announced(exporter_registry, "names", "Names", ONE_MESH, tmp_path):
        yield


def call(*arguments) -> tuple[int, str]:
    result = CliRunner().invoke(export.main, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_each_image_gets_a_folder_of_its_name(run):
    code, output = call(run, "--format", "canonical")
    assert code == 0
    assert output.count("canonical: 2 cameras") == 1
    assert sorted(path.parent.name for path in (run / "export" / "canonical").glob("*/canonical.glb")) == ["a", "b"]


def test_what_a_format_shows_otherwise_is_told_once(tmp_path):
    off = replace(TRUE, principal_point=TRUE.principal_point + 3)
    run = Workplace(tmp_path).add_run("run", {"a": off, "b": off})
    code, output = call(run, "--format", "canonical")
    assert code == 0
    assert output.count("canonical: a camera of glTF has no principal point") == 1
    assert "no principal point" not in call(run, "--format", "canonical", "--quiet")[1]


@pytest.mark.usefixtures("names")
def test_each_mesh_gets_a_folder_where_a_format_holds_one(run, tmp_path):
    code, _ = call(run, "--format", "names", "--option", "names.suffix=!", "--output_dir", tmp_path / "there")
    assert code == 0
    found = {path.parent.name: json.loads(path.read_text()) for path in (tmp_path / "there").rglob("names.json")}
    assert found == {"a": ["a!"], "b": ["b!"]}


@pytest.mark.usefixtures("names")
def test_a_format_that_cannot_be_written_costs_only_itself(run):
    code, output = call(run, "--format", "names", "--format", "canonical", "--option", "names.fail=all")
    assert code == 1
    assert "FAILED names: a, b: cannot hold this\n" in output
    assert "names: 2 cameras" not in output
    assert "canonical: 2 cameras" in output


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    ("option", "line"), [("fail", "a: cannot hold this"), ("bug", "a: internal error: KeyError: 'no such thing'")]
)
def test_a_mesh_that_cannot_be_written_costs_only_itself(run, option, line):
    code, output = call(run, "--format", "names", "--option", f"names.{option}=a")
    assert code == 1
    assert f"FAILED names: {line}\n" in output
    assert f"names: 1 camera in {run / 'export' / 'names' / 'b' / 'names.json'}" in output
    quiet = call(run, "--format", "names", "--option", f"names.{option}=a", "--quiet")
    assert quiet == (1, f"FAILED names: {line}\n")


def test_a_mesh_that_is_away_costs_only_its_own_files(run):
    (run.parent / "meshes" / "a.glb").unlink()
    formats = ["canonical", "gltf", "bop", "nerfstudio", "deformed", "colmap"]
    code, output = call(run, *(word for name in formats for word in ("--format", name)))
    assert code == 1
    for name in ("canonical", "gltf", "deformed", "colmap"):
        assert f"FAILED {name}: a: {run.parent / 'meshes' / 'a.glb'}: no such file; check the path\n" in output
        assert f"{name}: 1 camera in " in output
    assert "bop: left out object 1 of models_info.json: " in output
    assert "bop: 2 cameras" in output
    assert "nerfstudio: 2 cameras" in output


def test_a_full_disk_is_told_once_for_each_format(run, monkeypatch):
    def fail(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    code, output = call(run, "--format", "canonical", "--format", "csv")
    assert code == 1
    assert output.count("FAILED ") == 2
    assert "FAILED canonical: a: " in output
    assert "canonical.glb: cannot be written (No space left on device); free some space, then the same " in output
    assert "command goes on; no more of this format was tried" in output


def test_from_python_what_fails_is_raised_when_the_others_are_written(run):
    (run.parent / "meshes" / "a.glb").unlink()
    with pytest.raises(InputError, match=r"^a: .*a\.glb: no such file"):
        export_images(create_exporter("canonical"), read_posed_images(run), run / "there")
    assert [path.parent.name for path in (run / "there").rglob("canonical.glb")] == ["b"]


def test_a_run_that_finds_no_camera_says_that_nothing_is_exported(tmp_path):
    (tmp_path / "cup.glb").write_bytes(b"no mesh")
    write_disc(tmp_path / "cup.png", 48, 40)
    arguments = ["--input_dir", tmp_path / "cup.glb", "--source_images_dir", tmp_path / "cup.png"]
    arguments += ["--output_dir", tmp_path / "out", "--export", "csv"]
    result = CliRunner().invoke(estimate.main, [str(argument) for argument in arguments])
    assert result.exit_code == 1
    assert "FAILED cup: " in result.output
    assert "nothing is exported, for no sample has a camera" in result.output


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--format", "canonicle"], "canonicle"),
        (["--format", "canonical", "--option", "canonical.x=1"], "--option canonical.x: no such option"),
        (["--format", "canonical", "--option", "other.x=1"], "'other' is not among the formats"),
        (["--format", "canonical", "--option", "x"], "give FORMAT.KEY=VALUE"),
        ([], "give the output folder of a run and --format"),
    ],
)
def test_wrong_usage_is_one_line(run, arguments, line):
    code, output = call(run, *arguments)
    assert code == 2
    assert line in output


def test_a_run_without_finished_samples_says_so(tmp_path):
    run = Workplace(tmp_path).add_run("run", {"broken": None})
    code, output = call(run, "--format", "canonical")
    assert code == 2
    assert "has no finished sample" in output


def test_formats_are_listed():
    code, output = call("--list_formats")
    assert code == 0
    assert "canonical.glb: the mesh in camera space" in output


@pytest.mark.parametrize("name", ["nerfstudio", "instant-ngp", "opencv", "tum"])
def test_what_was_exported_starts_estimates_and_is_a_ground_truth(run, name):
    """Of two meshes: a folder each, where a format holds one."""
    assert call(run, "--format", name)[0] == 0
    folder = run / "export" / name
    poses, truth = load_initial_poses(folder), load_ground_truth(folder)
    entries = [entry for entry in read_entries(run / "poses.json") if entry["status"] == "ok"]
    assert len(entries) == 2
    for entry in entries:
        pose = poses.of(Sample(entry["name"], Path(entry["mesh"]), Path(entry["image"])))
        assert torch.allclose(pose.world_to_camera, TRUE.world_to_camera[0], atol=1e-9)
        camera = truth(entry)
        assert torch.allclose(camera.rotation, TRUE.rotation, atol=1e-9)
        assert torch.allclose(camera.focal, TRUE.focal)


def test_formats_that_cannot_hold_a_run_say_so_and_the_others_are_written(run):
    code, output = call(run, "--format", "v2m4", "--format", "csv")
    assert code == 1
    assert "FAILED v2m4: 'a' is 48 x 40; V2M4 has square pictures of 40 degrees" in output
    assert "csv: 2 cameras" in output
