"""Trajectories: timestamp tx ty tz qx qy qz qw, camera to world."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies
from scipy.spatial.transform import Rotation

from camera_estimation.export.exporter import create_exporter
from camera_estimation.results.pose_reader import read_file_poses
from tests.support.export_cases import camera_at, cameras, posed_image, rigid_pose


def test_lines_are_camera_to_world(tmp_path):
    image = posed_image("spot", camera_at(rigid_pose()), None, tmp_path)
    (path,) = create_exporter("tum").write([image], tmp_path)
    ((time, *numbers),) = np.loadtxt(path)[None]  # comments are passed over
    assert time == 0
    np.testing.assert_allclose(numbers[:3], image.camera.center[0], atol=1e-12)
    np.testing.assert_allclose(Rotation.from_quat(numbers[3:]).as_matrix(), rigid_pose()[:3, :3].T, atol=1e-12)


def test_frames_have_their_times_in_order_and_each_video_its_file(tmp_path):
    images = []
    for video, times in (("one.mp4", (0.4, 0.0, 0.2)), ("two.mp4", (0.0, 0.5))):
        (tmp_path / video).write_bytes(b"")
        for time in times:
            stem = video.partition(".")[0]
            number = round(10 * time)
            path = tmp_path / video / f"{stem}_{number:06d}"
            images.append(posed_image(path.name, camera_at(rigid_pose()), None, tmp_path, image=path, time_s=time))
    images.append(posed_image("still", camera_at(rigid_pose()), None, tmp_path))
    paths = create_exporter("tum").write(images, tmp_path / "out")
    assert [path.name for path in paths] == ["one.txt", "two.txt", "trajectory.txt"]
    assert np.loadtxt(paths[0])[:, 0].tolist() == [0.0, 0.2, 0.4]
    assert np.loadtxt(paths[1])[:, 0].tolist() == [0.0, 0.5]
    assert paths[0].read_text().splitlines()[1] == "# sample one_000000"


def test_pictures_have_their_numbers_for_times(tmp_path):
    images = [posed_image(name, camera_at(rigid_pose()), None, tmp_path) for name in "bca"]
    (path,) = create_exporter("tum").write(images, tmp_path)
    assert path.name == "trajectory.txt"
    assert np.loadtxt(path)[:, 0].tolist() == [0, 1, 2]


@settings(max_examples=30)
@given(taken=strategies.lists(cameras, min_size=1, max_size=4))
def test_what_was_written_comes_back(tmp_path_factory, taken):
    folder = tmp_path_factory.mktemp("tum")
    images = [posed_image(f"i {number}", camera) for number, camera in enumerate(taken)]
    create_exporter("tum").write(images, folder)
    poses = read_file_poses(folder)
    assert [pose.sample for pose in poses] == [image.name for image in images]
    assert [pose.time for pose in poses] == list(range(len(taken)))
    for pose, camera in zip(poses, taken, strict=True):
        np.testing.assert_allclose(pose.world_to_camera, camera.world_to_camera[0], rtol=1e-9, atol=1e-9)
        assert pose.known is None
