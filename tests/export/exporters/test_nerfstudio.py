"""transforms.json as nerfstudio's documentation defines it, projected by its formulas, written down anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from camera_estimation.dataset.intrinsics import load_intrinsics
from camera_estimation.errors import InputError
from camera_estimation.export.exporter import create_exporter
from camera_estimation.results.pose_reader import read_file_poses
from tests.support.export_cases import (
    BROWN,
    BROWN_K3,
    PRISM,
    RATIONAL,
    WIDE,
    camera_at,
    cameras,
    pixels_of,
    points_before,
    posed_image,
    read_tree,
    rigid_pose,
    write_picture,
)
from tests.support.transforms import project_frame


@pytest.fixture
def image(tmp_path):
    return write_picture(posed_image("spot", camera_at(rigid_pose()), None, tmp_path / "pictures"))


@pytest.mark.parametrize("distortion", [None, BROWN, BROWN_K3, WIDE])
def test_its_formulas_project_alike(tmp_path, distortion):
    image = write_picture(posed_image("spot", camera_at(rigid_pose()), distortion, tmp_path))
    (path,) = create_exporter("nerfstudio").write([image], tmp_path / "out")
    tree = read_tree(path)
    points = points_before(image)
    np.testing.assert_allclose(project_frame(tree, 0, points), pixels_of(image, points), atol=1e-6)


def test_the_world_points_up_with_z(image, tmp_path):
    (path,) = create_exporter("nerfstudio").write([image], tmp_path / "out")
    tree = read_tree(path)
    assert tree["applied_transform"] == [[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0]]
    assert tree["orientation_override"] == "none"
    x, y, z = image.camera.center[0].tolist()
    assert np.array(tree["frames"][0]["transform_matrix"])[:3, 3] == pytest.approx([x, -z, y])


def test_pictures_and_masks_are_named_from_the_file(image, tmp_path):
    (path,) = create_exporter("nerfstudio").write([image], tmp_path / "out")
    (frame,) = read_tree(path)["frames"]
    assert frame["file_path"] == "../pictures/spot.png"
    assert frame["mask_path"] == "../pictures/spot/mask.png"
    with Image.open(path.parent / frame["mask_path"]) as mask:
        assert (mask.mode, mask.size) == ("L", (frame["w"], frame["h"]))


def test_all_frames_have_a_mask_or_none(image, tmp_path):
    bare = write_picture(posed_image("bare", camera_at(rigid_pose()), None, tmp_path / "pictures"), mask=False)
    (path,) = create_exporter("nerfstudio").write([image, bare], tmp_path / "both")
    frames = read_tree(path)["frames"]
    assert [frame["mask_path"] for frame in frames] == ["../pictures/spot/mask.png", "masks/bare.png"]
    with Image.open(tmp_path / "both" / "masks" / "bare.png") as white:
        assert (white.size, white.getextrema()) == ((64, 40), (255, 255))
    (path,) = create_exporter("nerfstudio").write([bare], tmp_path / "one")
    assert "mask_path" not in read_tree(path)["frames"][0]


@pytest.mark.parametrize(
    ("lenses", "line"),
    [
        ([RATIONAL], "'0' has the distortion coefficient k4, k6, nerfstudio knows k1, k2, p1, p2, k3; calibrate"),
        ([PRISM], "'0' has the distortion coefficient s1, s2, s3, s4, nerfstudio knows"),
        ([None, WIDE], "'1' is of a fisheye and '0' is not, and a transforms.json of nerfstudio has one camera model"),
    ],
)
def test_what_it_cannot_hold_is_refused_before_anything_is_written(tmp_path, lenses, line):
    images = [
        write_picture(posed_image(str(number), camera_at(rigid_pose()), lens, tmp_path))
        for number, lens in enumerate(lenses)
    ]
    with pytest.raises(InputError) as error:
        create_exporter("nerfstudio").write(images, tmp_path / "out")
    assert str(error.value).startswith(line)
    assert not (tmp_path / "out").exists()


@settings(max_examples=30)
@given(camera=cameras)
def test_what_was_written_comes_back(tmp_path_factory, camera):
    folder = tmp_path_factory.mktemp("nerfstudio")
    images = [posed_image(str(number), camera, lens, folder) for number, lens in enumerate((None, BROWN))]
    for image in images:  # of any size: none of these pictures is looked at
        Image.new("RGB", (2, 2)).save(image.image_path)
    (path,) = create_exporter("nerfstudio").write(images, folder / "out")
    for image, pose in zip(images, read_file_poses(folder / "out"), strict=True):
        found = pose.camera(camera.width, camera.height)
        np.testing.assert_allclose(found.world_to_camera, camera.world_to_camera, rtol=1e-9, atol=1e-9)
        assert (found.focal == camera.focal).all()
        assert (found.principal_point == camera.principal_point).all()
        assert pose.known.distortion == (image.lens and image.lens.distortion)
        assert pose.sample == image.name
        assert load_intrinsics(path).of(image.image_path) == pose.known


@pytest.mark.parametrize("distortion", [None, BROWN_K3, WIDE])
def test_its_own_camera_class_sends_rays_alike(tmp_path, distortion):
    pytest.importorskip("nerfstudio")
    import torch
    from nerfstudio.data.dataparsers.nerfstudio_dataparser import NerfstudioDataParserConfig

    image = write_picture(posed_image("spot", camera_at(rigid_pose()), distortion, tmp_path))
    create_exporter("nerfstudio").write([image], tmp_path / "out")
    config = NerfstudioDataParserConfig(
        data=tmp_path / "out", center_method="none", auto_scale_poses=False, eval_mode="all"
    )
    parsed = config.setup().get_dataparser_outputs("train")
    assert [path.resolve() for path in parsed.mask_filenames] == [(image.sample_folder / "mask.png").resolve()]
    rows, columns = torch.meshgrid(torch.linspace(5, 35, 4), torch.linspace(5, 60, 5), indexing="ij")
    coords = torch.stack([rows, columns], dim=-1).reshape(-1, 2)
    rays = parsed.cameras.generate_rays(torch.zeros(len(coords), 1, dtype=torch.long), coords=coords)
    points = (rays.origins + 3 * rays.directions).double().numpy()
    turn = parsed.dataparser_transform.double().numpy()
    in_world = (points / parsed.dataparser_scale - turn[:3, 3]) @ turn[:3, :3]
    np.testing.assert_allclose(pixels_of(image, in_world)[:, ::-1], coords, atol=1e-3)
