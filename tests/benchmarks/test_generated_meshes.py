"""What the comparison on generators' meshes runs, measures and counts; the running itself is replaced."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from benchmarks import generated_meshes
from benchmarks.generated_meshes import RIGID, compare, estimate, measure, read_pairs, summarize
from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError
from camera_estimation.images.loading import load_source_image
from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.entries import failure_entry, pose_entry
from camera_estimation.results.pose_file import PoseFile
from camera_estimation.visualization.frame_render import render_frame
from camera_estimation.visualization.pictures import image_from_pixels
from tests.support.runs import turned
from tests.support.small_samples import camera_around_box, estimate_of, write_box


@pytest.fixture
def sample(tmp_path):
    """A box and its picture from ``camera_around_box``, in a table that names a model."""
    mesh_path, image_path = write_box(tmp_path / "box.glb"), tmp_path / "box.png"
    image_from_pixels(render_frame(Renderer(load_mesh(mesh_path)), camera_around_box(160, 120))).save(image_path)
    (tmp_path / "pairs.csv").write_text("mesh,image,model\nbox.glb,box.png,TRELLIS\n")
    return Sample("box", mesh_path, image_path)


def entry_of(sample: Sample, camera) -> dict:
    image = load_source_image(sample.image_path)
    return pose_entry(sample, estimate_of(image, camera=camera), load_mesh(sample.mesh_path))


def test_the_render_of_the_true_camera_is_the_picture_and_another_is_not(sample):
    truth = camera_around_box(160, 120)
    objective = create_loss_objective("l1l2", boundary_weight=0.0)
    right = measure(entry_of(sample, truth), None, objective)
    wrong = measure(entry_of(sample, turned(truth, 25.0)), None, objective)
    assert right["overlap"] > 0.97
    assert wrong["overlap"] < right["overlap"] - 0.02
    assert right["lpips"] < 0.3 * wrong["lpips"]
    assert right["seconds"] == 0.75


def test_means_are_over_the_images_that_all_have(monkeypatch):
    def row(overlap, seconds):
        return {"overlap": overlap, "lpips": 1 - overlap, "seconds": seconds}

    rows = {
        "default": {"a": row(0.9, 1.0), "b": row(0.8, 2.0), "c": row(0.1, 9.0)},
        "v2m4": {"a": row(0.5, 4.0), "b": row(0.4, 6.0)},
    }
    ours, theirs = summarize(rows)
    assert (ours["images"], ours["seconds"], theirs["seconds"]) == (2, 1.5, 5.0)
    assert (ours["overlap"], ours["least_overlap"]) == (pytest.approx(0.85), 0.8)
    assert theirs["lpips"] == pytest.approx(0.55)
    with pytest.raises(InputError, match="no image has an answer of all"):
        summarize({"default": {"a": row(0.9, 1.0)}, "v2m4": {}})


@pytest.fixture
def commands(monkeypatch, sample):
    """The command lines that were run; each writes the entry of the sample, and one of an earlier run."""
    seen = []

    def run(command, check):
        folder = Path(command[command.index("--output_dir") + 1])
        earlier = failure_entry(Sample("gone", sample.mesh_path, sample.image_path.with_name("gone.png")), "gone")
        PoseFile(folder, ["box"], [earlier]).record(entry_of(sample, camera_around_box(160, 120)))
        seen.append(command)
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr(subprocess, "run", run)
    return seen


def test_contenders_run_the_command_line_by_model(commands, sample, tmp_path):
    pairs = read_pairs(tmp_path / "pairs.csv", None)
    assert list(pairs) == ["TRELLIS"]
    (entry,) = estimate("silhouette", "TRELLIS", pairs["TRELLIS"], tmp_path / "masks", tmp_path / "run")
    assert entry["name"] == "box"
    (command,) = commands
    assert command[command.index("--model") + 1] == "TRELLIS"
    assert command[command.index("--masks_dir") + 1] == str(tmp_path / "masks")
    assert Path(command[command.index("--config") + 1]).read_text().startswith("[appearance]")
    assert set(RIGID) <= set(command)


def test_the_table_has_all_contenders(commands, sample, tmp_path, monkeypatch):
    objective = create_loss_objective("l1l2")
    monkeypatch.setattr(generated_meshes, "create_loss_objective", lambda *names, **options: objective)
    table = compare(tmp_path / "pairs.csv", tmp_path / "out", ["default", "v2m4"], None)
    assert "this program" in table
    assert len(table.splitlines()) == 4
    assert len((tmp_path / "out" / "images.csv").read_text().splitlines()) == 3
    assert torch.is_grad_enabled()


def test_a_run_that_cannot_start_is_told(monkeypatch, sample, tmp_path):
    monkeypatch.setattr(subprocess, "run", lambda command, check: SimpleNamespace(returncode=2))
    pairs = read_pairs(tmp_path / "pairs.csv", 1)
    with pytest.raises(InputError, match="camera-estimate could not run"):
        estimate("default", "TRELLIS", pairs["TRELLIS"], None, tmp_path / "run")
