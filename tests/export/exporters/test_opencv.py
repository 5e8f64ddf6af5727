"""OpenCV itself projects points with what was written."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings, strategies

from camera_estimation.dataset.intrinsics import load_intrinsics
from camera_estimation.export.exporter import create_exporter
from camera_estimation.geometry.distortion import FISHEYE
from camera_estimation.results.pose_reader import read_file_poses
from tests.support.export_cases import (
    LENSES,
    WIDE,
    camera_at,
    cameras,
    pixels_of,
    points_before,
    posed_image,
    rigid_pose,
)


def project(points, camera, vector, rvec, tvec, fisheye):
    """With the first pixel's center at (0.5, 0.5)."""
    if fisheye:
        found, _ = cv2.fisheye.projectPoints(points[:, None], rvec, tvec, camera, vector)
    else:
        found, _ = cv2.projectPoints(points, rvec, tvec, camera, vector)
    return found.reshape(-1, 2) + 0.5


@pytest.mark.parametrize("distortion", LENSES)
def test_the_yaml_file_projects_alike(tmp_path, distortion):
    image = posed_image("a: b#c", camera_at(rigid_pose()), distortion, tmp_path / "pictures")
    create_exporter("opencv").write([image], tmp_path / "out")
    storage = cv2.FileStorage(str(tmp_path / "out" / "cameras.yaml"), cv2.FILE_STORAGE_READ)
    node = storage.getNode("images").at(0)
    assert node.getNode("name").string() == "a: b#c"
    assert node.getNode("image").string() == "../pictures/a: b#c.png"
    assert (node.getNode("image_width").real(), node.getNode("image_height").real()) == (64, 40)
    camera, vector, rvec, tvec = (
        node.getNode(name).mat() for name in ("camera_matrix", "distortion_coefficients", "rvec", "tvec")
    )
    points = points_before(image)
    found = project(points, camera, vector, rvec, tvec, node.getNode("fisheye_model").real())
    np.testing.assert_allclose(found, pixels_of(image, points), atol=1e-6)


@pytest.mark.parametrize("distortion", LENSES)
def test_the_arrays_project_alike(tmp_path, distortion):
    images = [posed_image("a", camera_at(np.eye(4))), posed_image("b", camera_at(rigid_pose()), distortion)]
    create_exporter("opencv").write(images, tmp_path)
    data = np.load(tmp_path / "cameras.npz", allow_pickle=False)
    assert data["name"].tolist() == ["a", "b"]
    fisheye, vector = data["fisheye_model"][1], data["distortion_coefficients"][1]
    points = points_before(images[1])
    vector = vector[:4] if fisheye else vector
    found = project(points, data["camera_matrix"][1], vector, data["rvec"][1], data["tvec"][1], fisheye)
    np.testing.assert_allclose(found, pixels_of(images[1], points), atol=1e-6)


@pytest.mark.parametrize("name", ["cameras.yaml", "cameras.npz"])
@settings(max_examples=30)
@given(taken=strategies.lists(strategies.tuples(cameras, strategies.sampled_from(LENSES)), min_size=1, max_size=3))
def test_what_was_written_comes_back(tmp_path_factory, name, taken):
    folder = tmp_path_factory.mktemp("opencv")
    images = [posed_image(f"i{number}", *one, folder / "in") for number, one in enumerate(taken)]
    create_exporter("opencv").write(images, folder / "out")
    poses = read_file_poses(folder / "out" / name)
    intrinsics = load_intrinsics(folder / "out" / name)
    for image, pose, (_, distortion) in zip(images, poses, taken, strict=True):
        camera, expected = pose.camera(image.camera.width, image.camera.height), image.camera
        assert (pose.sample, pose.mesh) == (image.name, "../in/box.glb")
        assert pose.image.resolve() == image.image_path.resolve()
        np.testing.assert_allclose(camera.world_to_camera, expected.world_to_camera, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(camera.focal, expected.focal, rtol=1e-12)
        np.testing.assert_allclose(camera.principal_point, expected.principal_point, rtol=1e-12, atol=1e-9)
        assert pose.known.distortion == distortion
        assert intrinsics.of(image.image_path) == pose.known


def test_vectors_are_as_short_as_they_may_be(tmp_path):
    images = [posed_image(str(number), camera_at(rigid_pose()), lens) for number, lens in enumerate(LENSES)]
    create_exporter("opencv").write(images, tmp_path)
    storage = cv2.FileStorage(str(tmp_path / "cameras.yaml"), cv2.FILE_STORAGE_READ)
    nodes = [storage.getNode("images").at(place) for place in range(len(LENSES))]
    assert [node.getNode("distortion_coefficients").mat().shape[1] for node in nodes] == [5, 5, 5, 8, 12, 4]
    assert [node.getNode("fisheye_model").real() for node in nodes] == [0, 0, 0, 0, 0, 1]
    assert WIDE.model == FISHEYE


def test_its_folder_gives_the_intrinsics(tmp_path):
    image = posed_image("a", camera_at(rigid_pose()), None, tmp_path / "pictures")
    create_exporter("opencv").write([image], tmp_path / "out")
    known = load_intrinsics(tmp_path / "out").of(image.image_path)
    expected = [*image.camera.focal[0].tolist(), *image.camera.principal_point[0].tolist()]
    np.testing.assert_allclose(known.intrinsics, expected, rtol=1e-6)
