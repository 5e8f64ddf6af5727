"""V2M4's camera, by the formulas of its paper's code, written down anew: an orbit about the origin that looks at a
point, with +Z up, a field of view of 40 degrees and square pictures."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import create_exporter
from camera_estimation.geometry.orbit import Orbit, world_to_camera_of
from tests.support.export_cases import BROWN, camera_at, pixels_of, points_before, posed_image, read_tree, rigid_pose

PAGE = Path(__file__).parents[3] / "docs" / "guide" / "exporting.md"
FOCAL = 259 / math.tan(math.radians(20))
Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # by which V2M4 multiplies vertices of a GLB, as rows


def posed(name, pose, folder, **changes):
    values = {"width": 518, "height": 518, "focal": (FOCAL, FOCAL), "principal_point": (259, 259), **changes}
    return posed_image(name, camera_at(pose, **values), None, folder)


def look_at_extrinsics(params):
    """World to camera in OpenCV's axes, with +Z up."""
    yaw, pitch, r, *point = params
    center = r * np.array([math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)])
    forward = (point - center) / np.linalg.norm(point - center)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, -rotation @ center
    return matrix


@pytest.mark.parametrize(("yaw", "pitch"), [(0.4, 0.3), (-2.5, -1.0), (3.0, 1.4)])
def test_parameters_are_the_camera_where_there_is_no_roll(tmp_path, yaw, pitch):
    pose = world_to_camera_of(Orbit(yaw, pitch, 2.2, (0.3, -0.2, 0.1), 0.0)).numpy()
    image = posed("f", pose, tmp_path)
    create_exporter("v2m4").write([image], tmp_path)
    data = np.load(tmp_path / "cameras.npz", allow_pickle=False)
    np.testing.assert_allclose(look_at_extrinsics(data["params"][0]), data["extrinsics_list"][0, 0], atol=1e-9)
    assert data["roll_deg"][0] == pytest.approx(0, abs=1e-9)


def test_extrinsics_take_turned_vertices_into_the_picture(tmp_path):
    image = posed("f", rigid_pose(), tmp_path)
    create_exporter("v2m4").write([image], tmp_path)
    matrix = np.load(tmp_path / "cameras.npz", allow_pickle=False)["extrinsics_list"][0, 0]
    points = points_before(image, 10)
    x, y, z = (np.c_[points @ Z_UP, np.ones(10)] @ matrix[:3].T).T
    found = np.stack([x / z, y / z], axis=1) / (2 * math.tan(math.radians(20))) * 518 + 259
    np.testing.assert_allclose(found, pixels_of(image, points), atol=1e-6)


def test_the_loader_of_the_documentation(tmp_path, monkeypatch):
    images = [posed(name, rigid_pose((0.1 * number, 0, 0)), tmp_path) for number, name in enumerate(("1", "10", "2"))]
    create_exporter("v2m4").write(images, tmp_path)
    section = PAGE.read_text(encoding="utf-8").partition("\n## v2m4\n")[2]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code.replace(".cuda()", ""), names)
    assert names["base_name_list"] == ["1", "2", "10"]
    assert [matrix.shape for matrix in names["extrinsics_list"]] == [(1, 4, 4)] * 3
    assert names["extrinsics_list"][0].dtype == torch.float32
    yaw, pitch, r, *look_at = names["params"][0]
    assert len(look_at) == 3
    frames = read_tree(tmp_path / "cameras.json")["frames"]
    assert [frame["base_name"] for frame in frames] == names["base_name_list"]
    assert frames[0]["params"][:3] == pytest.approx([yaw, pitch, r])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"width": 640}, r"is 640 x 518; V2M4 has square pictures of 40 degrees"),
        ({"principal_point": (250, 259)}, r"has its principal point at \(250\.0, 259\.0\)"),
        ({"focal": (500.0, 500.0)}, r"has a field of view of 54\.77 x 54\.77 degrees"),
    ],
)
def test_other_pictures_are_refused(tmp_path, changes, reason):
    with pytest.raises(InputError, match=f"^'f' {reason}.*--fov_deg 40$"):
        create_exporter("v2m4").write([posed("f", rigid_pose(), tmp_path, **changes)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_distortion_is_refused(tmp_path):
    image = posed_image("f", posed("f", rigid_pose(), tmp_path).camera, BROWN, tmp_path)
    with pytest.raises(InputError, match="'f' has a lens that distorts; V2M4 has"):
        create_exporter("v2m4").write([image], tmp_path)
