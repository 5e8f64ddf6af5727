from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from camera_estimation.export.exporter import create_exporter
from camera_estimation.geometry.orbit import Orbit, world_to_camera_of
from tests.support.export_cases import BROWN, WIDE, camera_at, posed_image, rigid_pose


def rows_of(images, folder):
    (path,) = create_exporter("csv").write(images, folder)
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def numbers(row, *names):
    return [float(row[name]) for name in names]


def test_positions_and_quaternions_are_of_camera_to_world(tmp_path):
    image = posed_image("spot", camera_at(rigid_pose()), None, tmp_path)
    (row,) = rows_of([image], tmp_path)
    rotation = Rotation.from_quat(numbers(row, "qx", "qy", "qz", "qw")).as_matrix()
    pose = image.camera.world_to_camera[0].numpy()
    np.testing.assert_allclose(rotation, pose[:3, :3].T, atol=1e-12)
    np.testing.assert_allclose(numbers(row, "center_x", "center_y", "center_z"), image.camera.center[0], atol=1e-12)
    assert float(row["fov_x_deg"]) == pytest.approx(2 * math.degrees(math.atan(32 / 70)))
    assert float(row["fov_y_deg"]) == pytest.approx(math.degrees(image.camera.fov[0]))


def test_angles_are_those_of_the_orbit(tmp_path):
    (row,) = rows_of([posed_image("spot", camera_at(rigid_pose()), None, tmp_path)], tmp_path)
    yaw, pitch, roll = np.radians(numbers(row, "yaw_deg", "pitch_deg", "roll_deg"))
    look_at = tuple(numbers(row, "look_at_x", "look_at_y", "look_at_z"))
    pose = world_to_camera_of(Orbit(yaw, pitch, float(row["radius"]), look_at, roll))
    np.testing.assert_allclose(pose, rigid_pose(), atol=1e-9)


def test_what_the_run_says_stands_beside(tmp_path):
    said = {
        "frame": 7,
        "time_s": 0.25,
        "confidence": 0.9,
        "verdict": "good",
        "uncertainty": {"rotation_deg": 0.5, "translation": [1e-3, 2e-3, 3e-3], "focal_share": 0.0},
        "focal": {"source": "exif", "fov_deviation_deg": 1.5},
    }
    images = [
        posed_image("a", camera_at(rigid_pose()), BROWN, tmp_path, **said),
        posed_image("b", camera_at(rigid_pose()), WIDE, tmp_path, orbit=None),
    ]
    first, second = rows_of(images, tmp_path / "out")
    assert (first["name"], first["image"], first["mesh"]) == ("a", "../a.png", "../box.glb")
    assert (first["frame"], first["time_s"], first["verdict"], first["focal_source"]) == ("7", "0.25", "good", "exif")
    assert (first["rotation_deviation_deg"], first["deviation_z"], first["fov_deviation_deg"]) == (
        "0.5",
        "0.003",
        "1.5",
    )
    assert (first["distortion"], first["k1"], first["k4"]) == ("opencv", "-0.21", "")
    assert (second["distortion"], second["k4"], second["confidence"]) == ("fisheye", "-0.0002", "")
    assert (second["radius"], second["look_at_x"]) == ("", "")
