from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.commands.estimate._smoothed_poses import write_smoothed_poses
from camera_estimation.dataset.pairing import Sample
from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.images.loading import load_source_image
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.results.entries import RESULT_KEYS, failure_entry, pose_entry
from camera_estimation.results.plain_values import camera_of
from camera_estimation.results.pose_file import PoseFile, read_poses
from tests.support.orbits import angle_deg, orbiting_cameras
from tests.support.small_samples import estimate_of, write_box, write_disc

FAR = math.radians(30)


@pytest.fixture
def mesh(tmp_path):
    return load_mesh(write_box(tmp_path / "box.glb"))


def shaken(cameras: Camera, degrees: float = 1.0) -> Camera:
    vectors = np.random.default_rng(0).normal(0, math.radians(degrees), (len(cameras), 3))
    return replace(cameras, rotation=rotvec_to_rotmat(torch.from_numpy(vectors)) @ cameras.rotation)


def record(folder: Path, samples: list[Sample], cameras: Camera, mesh) -> None:
    """What a run that found ``cameras`` leaves in poses.json."""
    image = load_source_image(write_disc(folder / "disc.png"))
    estimates = [estimate_of(image, camera=cameras[index]) for index in range(len(cameras))]
    entries = [pose_entry(sample, estimate, mesh) for sample, estimate in zip(samples, estimates, strict=True)]
    PoseFile(folder, [sample.name for sample in samples], entries).save()


def samples_of(mesh, count: int) -> list[Sample]:
    return [Sample(f"f_{index}", mesh.path, Path(f"f_{index}.png")) for index in range(count)]


def smoothed_cameras(folder: Path) -> list[Camera]:
    return [camera_of(entry) for entry in read_poses(folder / "poses_smoothed.json")]


def orbit(mesh, count: int) -> Camera:
    """World cameras around the mesh, five degrees apart."""
    return mesh.to_world(orbiting_cameras([5.0 * index for index in range(count)]))


def test_a_shaken_sequence_is_smoothed_and_poses_json_is_not_touched(mesh, tmp_path):
    truth = orbit(mesh, 15)
    noisy = shaken(truth)
    samples = samples_of(mesh, 15)
    record(tmp_path, samples, noisy, mesh)
    before = (tmp_path / "poses.json").read_bytes()
    result = write_smoothed_poses(tmp_path, samples, 2.0, FAR)
    assert (result.smoothed, result.unchanged) == (15, 0)
    assert (tmp_path / "poses.json").read_bytes() == before
    cameras = smoothed_cameras(tmp_path)
    errors = [angle_deg(camera, truth[index]) for index, camera in enumerate(cameras)]
    assert np.mean(errors) < 0.7 * np.mean([angle_deg(noisy[index], truth[index]) for index in range(15)])


def test_entries_say_what_was_changed_and_claim_no_more(mesh, tmp_path):
    samples = samples_of(mesh, 6)
    noisy = shaken(orbit(mesh, 6))
    record(tmp_path, samples, noisy, mesh)
    write_smoothed_poses(tmp_path, samples, 2.0, FAR)
    content = json.loads((tmp_path / "poses_smoothed.json").read_text())
    assert content["smoothing_width"] == 2.0
    assert "smoothed" in content["conventions"]
    entry = content["poses"][2]
    assert set(entry) == {
        "name",
        "mesh",
        "image",
        "object",
        "frame",
        "time_s",
        "status",
        "error",
        "smoothing",
        "absolute_paths",
        *RESULT_KEYS,
    }
    assert (entry["loss"], entry["silhouette_iou"], entry["uncertainty"]) == (None, None, None)
    assert entry["loss_type"] == "silhouette_color"
    assert entry["smoothing"]["rotation_deg"] == pytest.approx(angle_deg(camera_of(entry), noisy[2]), abs=1e-6)
    assert entry["orbit"]["radius"] > 0


def test_a_steady_sequence_stays(mesh, tmp_path):
    samples = samples_of(mesh, 5)
    cameras = orbit(mesh, 1)[[0] * 5]
    record(tmp_path, samples, cameras, mesh)
    write_smoothed_poses(tmp_path, samples, 1.0, FAR)
    for index, camera in enumerate(smoothed_cameras(tmp_path)):
        assert (camera.world_to_camera - cameras[index].world_to_camera).abs().max() < 1e-6


def test_frames_with_a_mesh_each_stay_as_they_are(mesh, tmp_path):
    paths = [write_box(tmp_path / "meshes" / f"f_{index}.glb") for index in range(4)]
    samples = [Sample(path.stem, path, path.with_suffix(".png")) for path in paths]
    noisy = shaken(orbit(mesh, 4))
    record(tmp_path, samples, noisy, mesh)
    result = write_smoothed_poses(tmp_path, samples, 2.0, FAR)
    assert (result.smoothed, result.unchanged) == (0, 4)
    assert read_poses(tmp_path / "poses_smoothed.json") == read_poses(tmp_path)


def test_failed_frames_and_other_runs_are_left_out(mesh, tmp_path):
    samples = samples_of(mesh, 6)
    record(tmp_path, samples, orbit(mesh, 6), mesh)
    entries = read_poses(tmp_path)
    entries[3] = failure_entry(samples[3], "broken")
    PoseFile(tmp_path, [sample.name for sample in samples], entries).save()
    assert write_smoothed_poses(tmp_path, samples[:5], 1.0, FAR).smoothed == 4
    assert [entry["name"] for entry in read_poses(tmp_path / "poses_smoothed.json")] == ["f_0", "f_1", "f_2", "f_4"]
