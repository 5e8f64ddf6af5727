from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from camera_estimation.dataset.intrinsics import load_intrinsics
from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError
from camera_estimation.results.initial_poses import load_initial_poses
from camera_estimation.results.pose_reader import read_file_poses

MATRIX = np.array([[100.0, 0, 31.5], [0, 110, 19.5], [0, 0, 1]])


def write_storage(path: Path, **values) -> Path:
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for name, value in values.items():
        storage.write(name, value)
    storage.release()
    return path


@pytest.mark.parametrize("name", ["a.yml", "a.xml", "a.npz"])
def test_one_camera_is_of_the_image_of_the_files_name(tmp_path, name):
    values = {
        "K": MATRIX,
        "dist_coeffs": np.zeros(5),
        "rvec": np.array([0, np.pi / 2, 0]),
        "tvec": np.array([1.0, 2, 3]),
    }
    path = tmp_path / name
    if name.endswith("npz"):
        np.savez(path, **values)
    else:
        write_storage(path, **values)
    pose = load_initial_poses(path).of(Sample("s", Path("m.glb"), Path("elsewhere/a.png")))
    np.testing.assert_allclose(pose.world_to_camera[:3], [[0, 0, 1, 1], [0, 1, 0, 2], [-1, 0, 0, 3]], atol=1e-12)
    assert pose.camera(64, 40).principal_point.tolist() == [[32, 20]]
    assert load_intrinsics(path).of(Path("any.png")).intrinsics == (100, 110, 32, 20)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"K": MATRIX, "rvec": np.zeros(2), "tvec": np.zeros(3)}, "its rvec is not 3 finite numbers"),
        ({"K": MATRIX, "rvec": np.zeros(3)}, "its tvec is not 3 finite numbers"),
        ({"rvec": np.zeros(3), "tvec": np.zeros(3)}, "has no 3x3 camera_matrix"),
        ({"K": MATRIX[None], "rvec": np.zeros((2, 3)), "tvec": np.zeros((1, 3))}, "its rvec is not of 1 images"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path, values, line):
    path = tmp_path / "cameras.npz"
    np.savez(path, **values)
    with pytest.raises(InputError, match=line) as error:
        read_file_poses(tmp_path)
    assert str(error.value).startswith(str(path))
    assert len(str(error.value).splitlines()) == 1


def test_pickles_are_not_opened(tmp_path):
    path = tmp_path / "cameras.npz"
    np.savez(path, camera_matrix=MATRIX, rvec=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="is no NPZ file of plain arrays"):
        read_file_poses(path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="is no NPZ file of plain arrays"):
        load_intrinsics(path)


def test_calibrations_without_a_pose_are_no_poses(tmp_path):
    np.savez(tmp_path / "a.npz", K=MATRIX)
    assert read_file_poses(write_storage(tmp_path / "a.yml", K=MATRIX)) is None
    assert read_file_poses(tmp_path / "a.npz") is None
