from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.dataset.pairing import Sample, VideoFrame
from camera_estimation.errors import InputError
from camera_estimation.evaluation.ground_truth import load_ground_truth
from camera_estimation.results.initial_poses import load_initial_poses
from camera_estimation.results.pose_reader import read_file_poses

LINES = "# timestamp tx ty tz qx qy qz qw\n0.000000 1 2 3 0 0 0 1\n0.033333 0 0 -4 0 0 1 0\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "trajectory.txt"
    path.write_text(LINES)
    return path


def test_poses_without_names_are_of_the_frames_at_their_times(path):
    poses = load_initial_poses(path.parent)
    frame = Sample("clip_000001", Path("m.glb"), Path("clip.mp4/clip_000001"), frame=VideoFrame(1, 1 / 30))
    pose = poses.of(frame)
    np.testing.assert_allclose(pose.world_to_camera, [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 1, 4], [0, 0, 0, 1]])
    assert poses.of(Sample("a", Path("m.glb"), Path("a.png"))) is None
    camera = pose.camera(64, 40)
    assert camera.focal.isnan().all()
    assert (camera.width, camera.height) == (64, 40)


def test_a_ground_truth_has_the_estimates_own_intrinsics(path):
    truth = load_ground_truth(path)
    values = {"width": 64, "height": 40, "fx": 70.0, "fy": 71.0, "cx": 32.0, "cy": 20.0}
    entry = {"name": "clip_000000", "mesh": "m.glb", "image": "clip.mp4/clip_000000", "time_s": 0.0, "status": "ok"}
    camera = truth({**entry, **values})
    assert camera.focal.tolist() == [[70, 71]]
    assert torch.equal(camera.center[0], torch.tensor([1.0, 2, 3], dtype=torch.float64))
    assert truth({**entry, "status": "failed"}) is not None
    assert truth({**entry, **values, "time_s": 0.5}) is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0.1 1 2 3 0 0 0", "line 4 is not timestamp tx ty tz qx qy qz qw"),
        ("0.1 1 2 3 0 0 0 nan", "line 4 is not timestamp"),
        ("0.1 1 2 3 0 0 0 2", "line 4 has a quaternion whose length is not 1"),
    ],
)
def test_lines_that_are_no_poses_are_told(path, line, message):
    path.write_text(LINES + line)
    with pytest.raises(InputError, match=message) as error:
        read_file_poses(path)
    assert str(error.value).startswith(str(path))


def test_other_text_is_no_trajectory(path):
    path.write_text("1 2 3\n")
    assert read_file_poses(path) is None
    path.write_text("# nothing but a comment\n")
    assert read_file_poses(path) is None
