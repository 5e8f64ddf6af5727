from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pycolmap
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from camera_estimation.dataset import Sample, load_intrinsics
from camera_estimation.errors import InputError
from camera_estimation.evaluation.ground_truth import load_ground_truth
from camera_estimation.export import create_exporter
from camera_estimation.results.initial_poses import load_initial_poses
from camera_estimation.results.pose_reader import read_file_poses
from tests.support.posed_images import LENSES, cameras_about, posed_image
from tests.support.runs import HEIGHT, TRUE, WIDTH
from tests.support.shapes import bumpy_ball

BALL = bumpy_ball(6, 8)
SAMPLE = Sample("a", Path("made.glb"), Path("elsewhere/a.png"))
PARTS = ("cameras", "images", "points3D")


def write_theirs(folder: Path, quaternion=(0.5, 0.5, -0.5, 0.5), model: str = "PINHOLE", count: int = 1) -> Path:
    """A model that COLMAP's own library writes."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pycolmap.Reconstruction()
    for number in range(1, count + 1):
        camera = pycolmap.Camera(model=model, width=64, height=48, camera_id=number)
        camera.params = [90.0, 91.0, 30.5, 20.25] + [0.0] * (len(camera.params) - 4)
        made.add_camera_with_trivial_rig(camera)
        w, x, y, z = quaternion
        image = pycolmap.Image(name=f"{chr(96 + number)}.png", camera_id=number, image_id=number)
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(np.array([x, y, z, w])), np.array([1.0, 2.0, 3.0]))
        made.add_image_with_trivial_frame(image, pose)
    made.write_text(folder)
    made.write_binary(folder)
    return folder


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(camera=cameras_about(BALL), lens=st.sampled_from(list(LENSES)), form=st.sampled_from(["txt", "bin"]))
def test_what_is_exported_comes_back(tmp_path, camera, lens, form):
    image = posed_image(tmp_path / "in", "a", BALL, camera, LENSES[lens])
    create_exporter("colmap", points="10").write([image], tmp_path / "out")
    path = tmp_path / "out" / "sparse" / "0" / f"images.{form}"
    pose = load_initial_poses(path).of(SAMPLE)
    back = pose.camera(camera.width, camera.height)
    np.testing.assert_allclose(back.world_to_camera, camera.world_to_camera, atol=1e-12)
    np.testing.assert_array_equal(back.focal, camera.focal)
    np.testing.assert_array_equal(back.principal_point, camera.principal_point)
    known = load_intrinsics(path.with_stem("cameras")).of(Path("a.png"))
    assert known == pose.known
    assert known.size == (camera.width, camera.height)
    assert known.distortion == LENSES[lens]


@pytest.mark.parametrize("place", ["", "sparse/0", "sparse", "colmap/sparse/0"])
def test_a_model_of_its_own_library_is_found_in_a_folder(tmp_path, place):
    write_theirs(tmp_path / place)
    (pose,) = read_file_poses(tmp_path)
    rotation = pycolmap.Rotation3d(np.array([0.5, -0.5, 0.5, 0.5])).matrix()
    np.testing.assert_allclose(pose.world_to_camera[:3, :3], rotation, atol=1e-12)
    assert pose.world_to_camera[:3, 3].tolist() == [1, 2, 3]
    assert pose.known.intrinsics == (90.0, 91.0, 30.5, 20.25)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("suffix", [".txt", ".bin"])
def test_any_file_of_a_model_names_it(tmp_path, part, suffix):
    write_theirs(tmp_path)
    assert len(read_file_poses(tmp_path / f"{part}{suffix}")) == 1


def test_other_text_files_are_not_its_own(tmp_path):
    (tmp_path / "trajectory.txt").write_text("1 2 3\n")
    (tmp_path / "cameras.txt").write_text("1 PINHOLE 4 4 1 1 1 1\n")
    assert read_file_poses(tmp_path / "trajectory.txt") is None
    assert read_file_poses(tmp_path / "cameras.txt") is None


def test_it_is_a_ground_truth(tmp_path):
    image = posed_image(tmp_path / "in", "a", BALL, TRUE)
    create_exporter("colmap", points="10").write([image], tmp_path / "out")
    truth = load_ground_truth(tmp_path / "out")
    entry = {"name": "a", "mesh": "made.glb", "image": "a.png", "status": "ok", "width": WIDTH, "height": HEIGHT}
    np.testing.assert_allclose(truth(entry).world_to_camera, TRUE.world_to_camera, atol=1e-12)
    assert truth({**entry, "name": "b", "image": "b.png"}) is None
    with pytest.raises(InputError, match=r"is for an image of 48 x 40 pixels, a\.png has 96 x 80"):
        truth({**entry, "width": 96, "height": 80})


def test_objects_of_one_picture_come_back_by_their_samples(tmp_path):
    image = posed_image(tmp_path / "in", "street", BALL, TRUE)
    other = replace(TRUE, translation=TRUE.translation + 1)
    images = [replace(image, name="street__car"), replace(image, name="street__bike", camera=other)]
    create_exporter("colmap", points="10").write(images, tmp_path / "out")
    found = load_initial_poses(tmp_path / "out").of(Sample("street__bike", Path("made.glb"), image.image_path))
    np.testing.assert_allclose(found.world_to_camera, other.world_to_camera[0], atol=1e-12)


def test_names_with_spaces_come_back(tmp_path):
    """Even where another sample is called as they are without."""
    names = ["a b", "a_b", "図 c"]
    images = [
        replace(
            posed_image(tmp_path / "in", f"picture{place}", BALL, TRUE),
            name=name,
            camera=replace(TRUE, translation=TRUE.translation + place),
        )
        for place, name in enumerate(names)
    ]
    create_exporter("colmap", points="10").write(images, tmp_path / "out")
    poses = load_initial_poses(tmp_path / "out")
    for image in images:
        found = poses.of(Sample(image.name, Path("made.glb"), Path("elsewhere.png")))
        np.testing.assert_allclose(found.world_to_camera, image.camera.world_to_camera[0], atol=1e-12)


@pytest.mark.parametrize(
    ("part", "before", "after", "message"),
    [
        ("images", " 1 a.png", " 7 a.png", "image 'a.png' has camera 7, which is not beside it"),
        ("images", "0.5 0.5 -0.5 0.5", "0 0 0 0", "image 'a.png' has no rotation and translation of finite numbers"),
        ("images", "0.5 0.5 -0.5 0.5", "nan 0 0 0", "image 'a.png' has no rotation and translation of finite numbers"),
        ("images", "0.5 0.5 -0.5 0.5", "w 0 0 0", "is no image of COLMAP"),
        ("cameras", "PINHOLE", "FOV", "has the camera model FOV"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path, part, before, after, message):
    path = write_theirs(tmp_path) / f"{part}.txt"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(InputError, match=message) as error:
        read_file_poses(tmp_path / "images.txt")
    assert str(error.value).startswith(str(path))
    assert len(str(error.value).splitlines()) == 1


def test_a_binary_file_that_is_cut_off_says_so(tmp_path):
    path = write_theirs(tmp_path) / "images.bin"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match="ends too early"):
        read_file_poses(tmp_path)


def test_a_model_without_cameras_says_so(tmp_path):
    (write_theirs(tmp_path) / "cameras.bin").unlink()
    with pytest.raises(InputError, match=r"cameras\.bin: "):
        read_file_poses(tmp_path / "images.bin")
