from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.geometry import FISHEYE, OPENCV, Distortion, Lens
from camera_estimation.images.depth_image import DepthImage
from camera_estimation.images.evidence import Evidence
from camera_estimation.images.keypoints import Keypoints
from camera_estimation.images.source_image import INVERTED, SHADOWLESS, UNMASKED, OtherMask, SourceImage
from camera_estimation.images.target import make_target
from camera_estimation.images.undistortion import distort_picture, look_through, undistort_image, undistort_mask

SIZE = (200, 160)
STRAIGHT = Lens((180.0, 180.0, 100.0, 80.0), Distortion.of(OPENCV, {}), *SIZE)
BARREL = Lens((180.0, 180.0, 100.0, 80.0), Distortion.of(OPENCV, {"k1": -0.3, "k2": 0.05}), *SIZE)
WIDE = Lens((90.0, 90.0, 100.0, 80.0), Distortion.of(FISHEYE, {}), *SIZE)


def blob(lens: Lens, center: tuple[float, float], angle: float = 0.12) -> SourceImage:
    """A cone of directions about that of a pixel, which a lens shows with a soft rim, on a gray ground."""
    columns, rows = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    pixels = torch.from_numpy(np.stack([columns, rows], -1).reshape(-1, 2))
    middle = lens.unproject(torch.tensor([center]))[0]
    away = torch.acos((lens.unproject(pixels) @ middle).clamp(-1, 1)).nan_to_num(9.0).reshape(SIZE[1], SIZE[0])
    mask = (255 * torch.sigmoid((angle - away) * 250)).round().byte()
    rgb = torch.stack([40 + mask // 2, 200 - mask // 4, torch.full_like(mask, 90)])
    return SourceImage(Path("blob.png"), rgb, mask[None], "file")


def angle_to_middle(image: SourceImage, lens: Lens, center: tuple[float, float]) -> np.ndarray:
    """Of the directions that the pixels of an undistorted picture show."""
    fx, fy, cx, cy = image.window.intrinsics
    columns, rows = np.meshgrid(np.arange(image.width) + 0.5, np.arange(image.height) + 0.5)
    directions = np.stack([(columns - cx) / fx, (rows - cy) / fy, np.ones_like(columns)], -1)
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    middle = image.window.rotation @ lens.unproject(torch.tensor([center]))[0]
    return np.arccos((directions @ middle.numpy()).clip(-1, 1))


def test_without_distortion_pixels_are_as_they_were():
    image = undistort_image(blob(STRAIGHT, (100.0, 80.0)), STRAIGHT)
    source = blob(STRAIGHT, (100.0, 80.0))
    left, top = (round(100.0 - image.window.intrinsics[2]), round(80.0 - image.window.intrinsics[3]))
    part = source.rgb[:, top : top + image.height, left : left + image.width]
    assert torch.equal(image.rgb, part)
    assert torch.equal(image.mask, source.mask[:, top : top + image.height, left : left + image.width])
    assert bool((image.known == 255).all())


@pytest.mark.parametrize(
    ("lens", "center"), [(BARREL, (70.0, 60.0)), (BARREL, (150.0, 110.0)), (WIDE, (160.0, 40.0)), (WIDE, (100.0, 80.0))]
)
def test_masks_are_where_directions_are(lens, center):
    image = undistort_image(blob(lens, center), lens)
    covered = angle_to_middle(image, lens, center) < 0.12
    mask = image.mask[0].numpy() >= 128
    assert (mask & covered).sum() / (mask | covered).sum() > 0.97


def test_what_is_beyond_the_picture_is_not_known():
    image = undistort_image(blob(BARREL, (180.0, 80.0)), BARREL)
    source = image.window.source_pixels(torch.tensor([[image.width - 0.5, image.height / 2], [2.0, image.height / 2]]))
    assert float(source[0, 0]) > SIZE[0] > float(source[1, 0])
    assert image.known[0, image.height // 2, [-1, 2]].tolist() == [0, 255]
    target = make_target(image, "cpu")
    assert float(target.pixel_weight.min()) == 0
    assert float(target.pixel_weight.max()) == 1


def test_pixels_that_no_direction_reaches_are_not_known():
    lens = Lens((70.0, 70.0, 100.0, 80.0), Distortion.of(OPENCV, {"k1": -0.3}), *SIZE)
    image = replace(blob(lens, (100.0, 80.0)), mask_source=UNMASKED)
    seen = undistort_image(image, lens)
    ahead = angle_to_middle(seen, lens, (100.0, 80.0))
    beyond = np.tan(ahead) > lens.distortion.limit * 1.02
    assert beyond.any()
    assert not seen.known[0].numpy()[beyond].any()


def test_an_object_that_the_lens_cannot_show_is_told():
    lens = Lens((70.0, 70.0, 100.0, 80.0), Distortion.of(OPENCV, {"k1": -0.3}), *SIZE)
    image = blob(STRAIGHT, (10.0, 10.0), 0.02)
    with pytest.raises(InputError, match="its lens shows nothing where the object is"):
        undistort_image(image, lens)


@pytest.mark.parametrize(("lens", "center"), [(BARREL, (70.0, 60.0)), (WIDE, (160.0, 40.0))])
def test_there_and_back(lens, center):
    source = blob(lens, center)
    image = undistort_image(source, lens)
    again = distort_picture(image.mask[0].numpy(), image.window)
    assert again.shape == (SIZE[1], SIZE[0])
    mask, before = again >= 128, source.mask[0].numpy() >= 128
    assert (mask & before).sum() / (mask | before).sum() > 0.97
    assert not distort_picture(np.zeros((image.height, image.width), np.uint8), image.window).any()


def test_colors_behind_alpha_do_not_mix_into_the_rim():
    lens, center = BARREL, (70.0, 60.0)
    source = blob(lens, center)
    red = torch.zeros_like(source.rgb)
    red[0] = torch.where(source.mask[0] > 0, 200, 0).byte()
    image = undistort_image(replace(source, rgb=red, mask_source="alpha"), lens)
    rim = (image.mask[0] > 64) & (image.mask[0] < 192)
    assert rim.any()
    assert int(image.rgb[0][rim].min()) > 190


def test_evidence_goes_along():
    lens, center = WIDE, (160.0, 40.0)
    middle = lens.unproject(torch.tensor([center]))[0]
    distance = 5.0
    depth = torch.full((SIZE[1], SIZE[0]), distance * float(middle[2]))
    keypoints = Keypoints(
        torch.zeros(1, 3, dtype=torch.float64),
        torch.tensor([center], dtype=torch.float64),
        torch.ones(1, dtype=torch.float64),
        ("middle",),
    )
    evidence = Evidence(keypoints=keypoints, depth=DepthImage(depth), regions={"face": torch.ones(SIZE[1], SIZE[0])})
    image = undistort_image(replace(blob(lens, center), evidence=evidence), lens)
    assert image.window.rotation[2, 2] < math.cos(math.radians(40))
    column, row = image.evidence.keypoints.uv[0].tolist()
    angle = angle_to_middle(image, lens, center)
    assert angle[int(row), int(column)] < 0.02
    # Along the window's axis it is as far as it is away.
    assert float(image.evidence.depth.depth[int(row), int(column)]) == pytest.approx(distance, rel=0.02)
    assert image.evidence.regions["face"].shape == (image.height, image.width)


def test_boxes_go_along():
    image = replace(blob(BARREL, (70.0, 60.0)), mask_source=UNMASKED, box=(40.0, 35.0, 100.0, 85.0))
    seen = undistort_image(image, BARREL)
    covered = angle_to_middle(seen, BARREL, (70.0, 60.0)) < 0.12
    rows, columns = np.nonzero(covered)
    left, top, right, bottom = seen.box
    assert left < columns.min()
    assert right > columns.max()
    assert top < rows.min()
    assert bottom > rows.max()


def test_other_masks_go_along_and_are_seen_whole():
    near, wide = (blob(BARREL, (70.0, 60.0), angle) for angle in (0.08, 0.2))
    image = undistort_image(replace(near, other_masks=(OtherMask(wide.mask, SHADOWLESS),)), BARREL)
    (other,) = image.other_masks
    covered = angle_to_middle(image, BARREL, (70.0, 60.0)) < 0.2
    mask = other.mask[0].numpy() >= 128
    assert other.kind == SHADOWLESS
    assert (mask & covered).sum() / (mask | covered).sum() > 0.97
    again = distort_picture(other.mask[0].numpy(), image.window) >= 128
    before = wide.mask[0].numpy() >= 128
    assert (again & before).sum() / (again | before).sum() > 0.97
    assert torch.equal(undistort_mask(wide.mask, image.window), other.mask)


def test_what_alpha_hides_keeps_its_colors_where_it_may_be_the_object():
    source = blob(BARREL, (70.0, 60.0))
    inverted = replace(source, mask=255 - source.mask, mask_source="alpha")
    image = undistort_image(replace(inverted, other_masks=(OtherMask(source.mask, INVERTED),)), BARREL)
    inside = image.other_masks[0].mask[0] == 255
    assert inside.any()
    assert (image.rgb[0][inside].float() - 167).abs().max() < 3


def test_a_window_shows_the_same_whatever_the_mask():
    source = blob(BARREL, (70.0, 60.0))
    window = undistort_image(replace(source, mask_source=UNMASKED), BARREL).window
    image = look_through(source, window)
    assert image.window is window
    assert (image.width, image.height) == (window.width, window.height)
    covered = angle_to_middle(image, BARREL, (70.0, 60.0)) < 0.12
    mask = image.mask[0].numpy() >= 128
    assert (mask & covered).sum() / (mask | covered).sum() > 0.97


def test_what_is_known_goes_along():
    known = torch.full((1, SIZE[1], SIZE[0]), 255, dtype=torch.uint8)
    known[..., :70] = 0
    image = undistort_image(replace(blob(BARREL, (70.0, 60.0)), known=known), BARREL)
    column = image.window.window_pixels(torch.tensor([[70.0, 60.0]]))[0, 0]
    row = image.known[0, image.height // 2]
    assert row[: int(column) - 2].eq(0).all()
    assert row[int(column) + 2 :].eq(255).all()
