"""Paths in files: from their folder, wherever the program is run and wherever both have moved."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from camera_estimation.batch.resume import is_finished
from camera_estimation.configuration import Configuration
from camera_estimation.dataset.object_mark import ObjectMark
from camera_estimation.evaluation import load_ground_truth
from camera_estimation.rendering import Renderer
from camera_estimation.results import JointFile, read_entries, read_posed_images
from camera_estimation.results.entries import pose_entry
from camera_estimation.results.entry_paths import entry_from_file, entry_in_file
from camera_estimation.results.pose_file import PoseFile, read_poses
from camera_estimation.results.sample_files import write_sample
from tests.support.small_samples import estimate_of


@pytest.fixture
def run(tmp_path, sample, mesh, image) -> Path:
    """``out`` beside the folder ``in`` that its sample is of."""
    estimate = estimate_of(image)
    entry = pose_entry(sample, estimate, mesh)
    PoseFile(tmp_path / "out", [sample.name]).record(entry)
    write_sample(tmp_path / "out" / sample.name, entry, estimate, image, Renderer(mesh))
    return tmp_path / "out"


def stored(path: Path) -> dict:
    return json.loads(path.read_text())


def test_files_have_paths_from_their_own_folder_and_absolute_ones(run, sample):
    (entry,) = stored(run / "poses.json")["poses"]
    assert (entry["mesh"], entry["image"]) == ("../in/disc.glb", "../in/disc.png")
    assert entry["absolute_paths"] == {"mesh": sample.mesh_path.as_posix(), "image": sample.image_path.as_posix()}
    camera = stored(run / "disc" / "camera.json")
    assert (camera["mesh"], camera["image"]) == ("../../in/disc.glb", "../../in/disc.png")


@pytest.mark.parametrize("read", [read_poses, read_entries])
def test_entries_have_paths_that_work_from_anywhere(run, sample, read, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (entry,) = read(Path("..", "out"))
    assert Path(entry["mesh"]).samefile(sample.mesh_path)
    assert Path(entry["image"]).samefile(sample.image_path)
    assert "absolute_paths" not in entry


def test_both_folders_may_move_together(run, tmp_path):
    (tmp_path / "new").mkdir()
    for folder in ("in", "out"):
        shutil.move(tmp_path / folder, tmp_path / "new" / folder)
    (image,) = read_posed_images(tmp_path / "new" / "out")
    assert image.image_path == tmp_path / "new" / "in" / "disc.png"
    assert len(image.mesh.faces) > 0
    truth = load_ground_truth(tmp_path / "new" / "out")
    assert truth(read_entries(tmp_path / "new" / "out")[0]) is not None


def test_results_that_moved_alone_name_the_files_where_they_were(run, sample, tmp_path):
    (tmp_path / "far" / "away").mkdir(parents=True)
    shutil.move(run, tmp_path / "far" / "away" / "out")
    (entry,) = read_poses(tmp_path / "far" / "away" / "out")
    assert (entry["mesh"], entry["image"]) == (sample.mesh_path.as_posix(), sample.image_path.as_posix())


def test_a_link_to_the_output_folder_leads_to_the_same_files(run, sample, tmp_path):
    (tmp_path / "links" / "deep").mkdir(parents=True)
    (tmp_path / "links" / "deep" / "out").symlink_to(run)
    (entry,) = read_poses(tmp_path / "links" / "deep" / "out")
    assert Path(entry["mesh"]).samefile(sample.mesh_path)
    PoseFile(tmp_path / "links" / "deep" / "out", [sample.name]).record(entry)
    assert stored(run / "poses.json")["poses"][0]["mesh"] == "../in/disc.glb"


def test_frames_of_a_video_and_masks_of_an_object_are_found_too(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("clip.mp4", "masks.png"):
        (tmp_path / "in" / name).touch()
    video = (tmp_path / "in" / "clip.mp4" / "clip_000123").as_posix()
    mark = {"mask": (tmp_path / "in" / "masks.png").as_posix(), "instance": "3", "box": None}
    entry = {"name": "a", "mesh": None, "image": video, "object": mark}
    written = entry_in_file(entry, tmp_path / "out")
    assert written["image"] == "../in/clip.mp4/clip_000123"
    assert written["object"] == {**mark, "mask": "../in/masks.png"}
    assert entry_from_file(written, tmp_path / "out") == entry
    assert entry_from_file(written, tmp_path / "a" / "b" / "out") == entry  # by the absolute paths
    (tmp_path / "a" / "b").mkdir(parents=True)
    shutil.move(tmp_path / "in", tmp_path / "a" / "b" / "in")
    found = entry_from_file(written, tmp_path / "a" / "b" / "out")
    assert found["image"] == (tmp_path / "a" / "b" / "in" / "clip.mp4" / "clip_000123").as_posix()


def test_files_of_earlier_versions_are_read_as_they_were(tmp_path):
    entry = {"name": "a", "mesh": "meshes/a.glb", "image": "images/a.png", "status": "ok", "object": None}
    tree = {"format": "camera-estimation/poses", "version": 1, "poses": [entry]}
    (tmp_path / "poses.json").write_text(json.dumps(tree))
    assert read_poses(tmp_path) == read_entries(tmp_path) == [entry]


def test_finished_samples_are_known_from_anywhere(run, sample, tmp_path, monkeypatch):
    (tmp_path / "in" / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "in" / "deep")
    (entry,) = read_poses(Path("..", "..", "out"))
    here = replace(sample, mesh_path=Path("..", "disc.glb"), image_path=Path("..", "disc.png"))
    assert is_finished(here, entry, Configuration(), Path("..", "..", "out"))
    marked = replace(here, mark=ObjectMark(Path("..", "masks.png"), "3"))
    values = {**marked.mark.values(), "mask": (tmp_path / "in" / "masks.png").as_posix()}
    assert is_finished(marked, {**entry, "object": values}, Configuration(), run)
    assert not is_finished(marked, {**entry, "object": {**values, "instance": "4"}}, Configuration(), run)
    assert not is_finished(marked, entry, Configuration(), run)


def test_what_images_share_belongs_to_its_mesh_from_anywhere(sample, tmp_path, monkeypatch):
    group = {"mesh": sample.mesh_path.as_posix(), "images": {sample.name: {"counted": True}}}
    JointFile(tmp_path / "out").put(group)
    assert stored(tmp_path / "out" / "joint.json")["groups"][0]["mesh"] == "../in/disc.glb"
    monkeypatch.chdir(tmp_path / "in")
    assert JointFile(Path("..", "out")).has([replace(sample, mesh_path=Path("disc.glb"))])
