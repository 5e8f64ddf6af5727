from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from camera_estimation.commands.estimate._initialization import PoseInitialization
from camera_estimation.dataset.pairing import Sample
from camera_estimation.estimation._uncertainty import Uncertainty
from camera_estimation.geometry.plain_cameras import camera_values
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.mesh.textured_mesh import TexturedMesh
from tests.support.given_poses import initial_poses
from tests.support.orbits import angle_deg, orbiting_cameras
from tests.support.small_samples import write_box


def sample(image: str, mesh: str = "cat.glb") -> Sample:
    return Sample(Path(image).stem, Path(mesh), Path(image))


class StubEstimator:
    """Notes what each estimate starts from."""

    search_needs_objective = False

    def __init__(self, mesh: TexturedMesh) -> None:
        self.mesh = mesh
        self.seen: list[dict] = []
        tracking = SimpleNamespace(
            searched=2, jump_deg=30, loss_factor=2, loss_slack=0, overlap_drop=1, least_overlap=0.5
        )
        self.config = SimpleNamespace(
            tracking=tracking,
            search=SimpleNamespace(method="viewpoints"),
            refinement=SimpleNamespace(separation_deg=8),
        )

    def estimate(self, image, *, intrinsics=None, progress=None, **start):
        self.seen.append(start)
        return SimpleNamespace(
            camera=image.camera,
            loss=0.0,
            silhouette_iou=0.9,
            seconds={},
            alternatives=(),
            diagnosis=SimpleNamespace(detail=1.0),
            uncertainty=Uncertainty(0.01, (0.01, 0.01, 0.01), log_focal=0.0),
            progress=progress,
        )


@pytest.fixture
def estimator(tmp_path):
    return StubEstimator(load_mesh(write_box(tmp_path / "box.glb")))


def entry_of(camera) -> dict:
    return {**camera_values(camera), "loss": 0.0, "silhouette_iou": 0.9}


def run(starts, estimator, cameras, samples):
    images = [SimpleNamespace(camera=camera, width=camera.width, height=camera.height) for camera in cameras]
    return [
        starts.estimate(item, estimator, image, None, lambda stage, loss: None).start
        for item, image in zip(samples, images, strict=False)
    ]


def samples_of(estimator, count):
    return [Sample(f"f_{index}", estimator.mesh.path, Path(f"f_{index}.png")) for index in range(count)]


def test_without_flags_every_sample_is_searched(estimator):
    samples = samples_of(estimator, 2)
    starts = PoseInitialization(samples, None, sequence=False)
    starts.append_known(samples[0], {})
    assert run(starts, estimator, orbiting_cameras([0, 5]), samples) == ["search", "search"]
    assert estimator.seen == [{}, {}]


def test_frames_that_are_finished_are_neighbors(estimator):
    cameras = orbiting_cameras([0, 10, 20])
    samples = samples_of(estimator, 3)
    starts = PoseInitialization(samples, None, sequence=True)
    starts.append_known(samples[0], entry_of(cameras[0]))
    starts.append_known(samples[1], entry_of(cameras[1]))
    assert run(starts, estimator, cameras[2:], samples[2:]) == ["neighbour"]
    (start,) = estimator.seen
    assert angle_deg(start["initial"][0], cameras[2]) < 2
    assert (start["searched"], start["nearly_right"]) == (2, True)


def test_of_finished_frames_with_other_meshes_the_last_is_a_candidate(estimator, tmp_path):
    meshes = [write_box(tmp_path / f"f_{index}.glb") for index in range(2)]
    samples = [Sample(path.stem, path, path.with_suffix(".png")) for path in [*meshes, tmp_path / "f_2.glb"]]
    cameras = orbiting_cameras([0, 10, 20])
    starts = PoseInitialization(samples, None, sequence=True)
    starts.append_known(samples[0], entry_of(cameras[0]))
    starts.append_known(samples[1], entry_of(cameras[1]))
    assert run(starts, estimator, cameras[2:], samples[2:]) == ["search"]
    (start,) = estimator.seen
    assert set(start) == {"initial"}
    assert (start["initial"].world_to_camera - cameras[1].world_to_camera).abs().max() < 1e-5


def test_a_mesh_that_is_gone_is_no_neighbor(estimator, tmp_path):
    samples = [Sample(f"f_{index}", tmp_path / f"gone_{index}.glb", Path(f"f_{index}.png")) for index in range(2)]
    cameras = orbiting_cameras([0, 10])
    starts = PoseInitialization(samples, None, sequence=True)
    starts.append_known(samples[0], entry_of(cameras[0]))
    assert run(starts, estimator, cameras[1:], samples[1:]) == ["search"]
    assert estimator.seen == [{}]


def test_given_poses_come_first_and_are_neighbors_of_the_next(estimator):
    cameras = orbiting_cameras([0, 3, 6])
    samples = samples_of(estimator, 3)
    starts = PoseInitialization(samples, initial_poses({"f_0": cameras[0], "f_1.png": cameras[1]}), sequence=True)
    assert run(starts, estimator, cameras, samples) == ["init", "init", "neighbour"]
    assert [start["searched"] for start in estimator.seen] == [0, 0, 2]
    assert torch.equal(estimator.seen[1]["initial"].rotation, cameras[1].rotation)
