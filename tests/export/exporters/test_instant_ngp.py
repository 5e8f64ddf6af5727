"""transforms.json as instant-ngp's loader reads it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import create_exporter, exporter_registry
from camera_estimation.geometry.distortion import FISHEYE, Distortion
from camera_estimation.results.pose_reader import read_file_poses
from tests.support.export_cases import (
    BROWN,
    BROWN_K3,
    WIDE,
    camera_at,
    pixels_of,
    points_before,
    posed_image,
    read_tree,
    rigid_pose,
    write_picture,
)
from tests.support.transforms import project_frame


def export(image, folder, **options):
    (path,) = create_exporter("instant-ngp", **options).write([image], folder)
    return read_tree(path)


def test_its_name_is_known_without_loading_it():
    assert "instant-ngp" in exporter_registry.names_at_hand()


@pytest.mark.parametrize("distortion", [None, BROWN, WIDE])
def test_its_formulas_project_alike(tmp_path, distortion):
    image = write_picture(posed_image("spot", camera_at(rigid_pose()), distortion, tmp_path))
    tree = export(image, tmp_path / "out")
    points = points_before(image)
    np.testing.assert_allclose(project_frame(tree, 0, points), pixels_of(image, points), atol=1e-6)
    assert not {"k1", "p1", "is_fisheye", "camera_model"} & set(tree)  # frames could not take them back
    frame = tree["frames"][0]
    # p1 and p2 are read into the places of a fisheye's k3 and k4, and k3 and k4 into those of p1 and p2.
    assert not ({"p1", "p2"} <= set(frame) and {"k3", "k4"} & set(frame))
    (pose,) = read_file_poses(tmp_path / "out")
    np.testing.assert_allclose(pose.world_to_camera, image.camera.world_to_camera[0], atol=1e-12)
    assert pose.known.distortion == distortion


def test_the_box_holds_what_is_looked_at(tmp_path):
    image = write_picture(posed_image("spot", camera_at(rigid_pose()), None, tmp_path))
    low, high = np.array(export(image, tmp_path / "out")["aabb"])
    orbit = image.entry["orbit"]
    np.testing.assert_allclose((low + high) / 2, orbit["look_at"])
    np.testing.assert_allclose(high - low, orbit["radius"] * 64 / 70)
    nothing_said = posed_image("spot", camera_at(rigid_pose()), None, tmp_path, orbit=None)
    assert "aabb" not in export(nothing_said, tmp_path / "out")


def test_alpha_is_the_mask(tmp_path):
    image = write_picture(posed_image("spot", camera_at(rigid_pose()), None, tmp_path / "pictures"))
    tree = export(image, tmp_path / "out", alpha="1")
    assert tree["frames"][0]["file_path"] == "images/spot.png"
    assert tree["aabb_scale"] == 1
    picture = np.array(Image.open(tmp_path / "out" / "images" / "spot.png"))
    mask = np.array(Image.open(image.sample_folder / "mask.png"))
    assert (picture[..., 3] == mask).all()
    assert (picture[..., :3] == (200, 120, 40)).all()


@pytest.mark.parametrize(
    ("distortion", "line"),
    [
        (BROWN_K3, "'spot' has the distortion coefficient k3, instant-ngp knows k1, k2, p1, p2; calibrate"),
        (Distortion.of(FISHEYE, {}), "'spot' is of a fisheye whose coefficients are all 0, which instant-ngp takes"),
    ],
)
def test_what_it_would_read_wrongly_is_refused(tmp_path, distortion, line):
    image = write_picture(posed_image("spot", camera_at(rigid_pose()), distortion, tmp_path))
    with pytest.raises(InputError) as error:
        export(image, tmp_path / "out")
    assert str(error.value).startswith(line)
    assert not (tmp_path / "out").exists()


def test_alpha_without_a_mask_and_other_values_are_refused(tmp_path):
    image = write_picture(posed_image("spot", camera_at(rigid_pose()), None, tmp_path), mask=False)
    with pytest.raises(InputError, match="'spot' has no mask in the run's folder"):
        export(image, tmp_path / "out", alpha="1")
    with pytest.raises(InputError, match=r"--option instant-ngp\.alpha: 'yes' is neither 0 nor 1"):
        export(image, tmp_path / "out", alpha="yes")
