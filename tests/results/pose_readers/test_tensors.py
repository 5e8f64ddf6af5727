"""What the exporters of arrays and of the table wrote comes back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import create_exporter
from camera_estimation.results.pose_reader import read_file_poses
from tests.support.export_cases import LENSES, camera_at, cameras, posed_image, rigid_pose


@pytest.mark.parametrize("name", ["pytorch3d", "gsplat", "csv"])
@settings(max_examples=20)
@given(taken=strategies.lists(strategies.tuples(cameras, strategies.sampled_from(LENSES)), min_size=1, max_size=3))
def test_what_was_written_comes_back(tmp_path_factory, name, taken):
    folder = tmp_path_factory.mktemp(name)
    taken = [(camera, None if name == "pytorch3d" else lens) for camera, lens in taken]
    images = [posed_image(f"i{number}", *one, folder) for number, one in enumerate(taken)]
    create_exporter(name).write(images, folder / "out")
    poses = read_file_poses(folder / "out")
    assert [pose.sample for pose in poses] == [image.name for image in images]
    for pose, (expected, distortion) in zip(poses, taken, strict=True):
        camera = pose.camera(expected.width, expected.height)
        np.testing.assert_allclose(camera.world_to_camera, expected.world_to_camera, rtol=1e-9, atol=1e-9)
        assert (camera.focal == expected.focal).all()
        assert (camera.principal_point == expected.principal_point).all()
        assert pose.known.distortion == distortion


def test_v2m4s_poses_are_of_pictures_by_their_names(tmp_path):
    focal = 100 / math.tan(math.radians(20))
    camera = camera_at(rigid_pose(), 200, 200, (focal, focal), (100, 100))
    create_exporter("v2m4").write([posed_image("0001", camera)], tmp_path)
    (pose,) = read_file_poses(tmp_path)
    np.testing.assert_allclose(pose.world_to_camera, rigid_pose(), atol=1e-12)
    assert (pose.image.name, pose.known) == ("0001", None)


VALUES = {"viewmats": np.eye(4)[None], "Ks": np.eye(3)[None], "width": [8], "height": [6], "name": ["a"]}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"Ks": np.eye(3)}, "its Ks is 3 x 3, not 1 x 3 x 3"),
        ({"width": [8, 8]}, "its width is 2, not 1"),
        ({"viewmats": 2 * np.eye(4)[None]}, "camera 0: the last row of viewmats must be 0 0 0 1"),
        ({"viewmats": np.full((1, 4, 4), "a")}, "its viewmats is not of numbers"),
        ({"Ks": -np.eye(3)[None]}, "camera 0 has fx = -1.0; a focal length is positive"),
        ({"height": [0.5]}, "camera 0 has 8 x 0.5 as its size"),
    ],
)
def test_arrays_that_cannot_be_used_are_told(tmp_path, changes, line):
    path = tmp_path / "cameras.npz"
    np.savez(path, **{**VALUES, **changes})
    with pytest.raises(InputError, match=line) as error:
        read_file_poses(path)
    assert str(error.value).startswith(str(path))
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("a,", "a,", None),
        (",70.0,", ",none,", "line 2 has no usable number fx"),
        (",64,40,", ",6.5,40,", "line 2 has 6.5 x 40.0 as its size"),
        (",fisheye,", ",lens,", "line 2 has the distortion lens; opencv, fisheye are known"),
    ],
)
def test_rows_that_cannot_be_used_are_told(tmp_path, old, new, line):
    (path,) = create_exporter("csv").write([posed_image("a", camera_at(rigid_pose()), LENSES[-1])], tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    if line is None:
        assert len(read_file_poses(path)) == 1
        return
    with pytest.raises(InputError, match=line) as error:
        read_file_poses(path)
    assert str(error.value).startswith(str(path))


def test_other_tables_are_none(tmp_path):
    (tmp_path / "cameras.csv").write_text("mesh,image,gt\n")
    assert read_file_poses(tmp_path) is None
