"""Pictures through lenses, whose poses are to be those of the pinhole's picture. OpenCV makes the pictures."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.batch.example import EXAMPLE_FOLDER, EXAMPLE_SAMPLE
from camera_estimation.configuration.presets import load_preset
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.estimation.keypoint_agreement import KeypointAgreement
from camera_estimation.estimation.lens_estimate import estimate_in_window, estimate_of_source
from camera_estimation.estimation.unmasked._reduced_image import is_large
from camera_estimation.geometry import FISHEYE, OPENCV, Distortion, Lens, rotmat_geodesic_distance
from camera_estimation.geometry.lens_window import window_about_pixels
from camera_estimation.images.loading import load_source_image, load_unmasked_image
from camera_estimation.images.source_image import INVERTED, SHADOWLESS, OtherMask
from camera_estimation.images.undistortion import look_through, undistort_image
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.plain_values import camera_of
from camera_estimation.visualization.frame_render import render_estimate
from camera_estimation.visualization.picture_size import bound_image
from tests.support.small_samples import camera_around_box, estimate_of

EXPECTED = json.loads((EXAMPLE_FOLDER / "expected_camera.json").read_text(encoding="utf-8"))
BARREL = Lens((703.354, 703.354, 300.0, 280.0), Distortion.of(OPENCV, {"k1": -0.3, "p1": 0.01}), 640, 600)
FISH = Lens((400.0, 400.0, 420.0, 420.0), Distortion.of(FISHEYE, {"k1": -0.02}), 840, 840)


def turn_about_y(degrees: float) -> np.ndarray:
    turn = math.radians(degrees)
    return np.array([[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]])


def picture_through(lens: Lens, rotation: np.ndarray) -> np.ndarray:
    """The packaged example as the lens shows it after the camera was turned, RGBA."""
    fx, fy, cx, cy = lens.intrinsics
    matrix = np.array([[fx, 0, cx - 0.5], [0, fy, cy - 0.5], [0, 0, 1]])
    columns, rows = np.meshgrid(np.arange(lens.width, dtype=float), np.arange(lens.height, dtype=float))
    pixels = np.stack([columns, rows], -1).reshape(-1, 1, 2)
    vector = np.array(lens.distortion.coefficients)
    undistort = cv2.fisheye.undistortPoints if lens.distortion.model == FISHEYE else cv2.undistortPoints
    ahead = undistort(pixels, matrix, vector)[:, 0]
    directions = np.concatenate([ahead, np.ones((len(ahead), 1))], -1) @ rotation
    focal, center = EXPECTED["fx"], EXPECTED["cx"] - 0.5
    places = focal * directions[:, :2] / directions[:, 2:] + center
    places[directions[:, 2] <= 0] = -1e4
    places = places.reshape(lens.height, lens.width, 2).astype(np.float32)
    rgba = np.asarray(Image.open(EXAMPLE_SAMPLE.image_path).convert("RGBA")).astype(np.float32)
    rgba[..., :3] *= rgba[..., 3:] / 255
    shown = cv2.remap(rgba, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderValue=(0, 0, 0, 0))
    shown[..., :3] *= 255 / np.maximum(shown[..., 3:], 1)
    return shown.clip(0, 255).round().astype(np.uint8)


@pytest.fixture(scope="module")
def estimator():
    return CameraEstimator(load_mesh(EXAMPLE_SAMPLE.mesh_path), load_preset("fast"))


def error_deg(estimate, rotation: np.ndarray) -> float:
    true = torch.from_numpy(rotation) @ camera_of(EXPECTED).rotation[0]
    return math.degrees(rotmat_geodesic_distance(estimate.camera.rotation[0], true).item())


@pytest.mark.slow
@pytest.mark.parametrize(("lens", "turned"), [(BARREL, 5.0), (FISH, 40.0)])
def test_the_pose_and_the_overlay_of_a_distorted_picture(tmp_path, estimator, lens, turned):
    rotation = turn_about_y(turned)
    path = tmp_path / "spot.png"
    Image.fromarray(picture_through(lens, rotation)).save(path)
    source = load_source_image(path)
    image = undistort_image(source, lens)
    estimate = estimator.estimate(image)
    assert error_deg(estimate, rotation) < 0.3
    assert (estimate.camera.width, estimate.camera.height) == (lens.width, lens.height)
    assert estimate.camera.focal[0].tolist() == list(lens.intrinsics[:2])
    assert estimate.focal_source == "intrinsics"
    drawn, mask = render_estimate(estimator.renderer, estimate)[..., 3] >= 128, source.mask[0].numpy() >= 128
    assert drawn.shape == mask.shape
    assert (drawn & mask).sum() / (drawn | mask).sum() > 0.97
    near = estimator.estimate(image, initial=estimate.camera, searched=0, nearly_right=True)
    assert error_deg(near, rotation) < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("large", [False, True])
def test_the_mask_that_is_found_is_of_the_distorted_picture(tmp_path, estimator, monkeypatch, large):
    """Also where it is found with fewer pixels; and no focal length is looked for, though it is asked for."""
    if large:
        monkeypatch.setattr("camera_estimation.estimation.unmasked._reduced_image.WORKING_PIXELS", 1 << 14)
    config = estimator.config
    estimator = estimator.with_settings(config.refinement, replace(config.camera, optimize_fov="on"))
    rotation = turn_about_y(40.0)
    rgba = picture_through(FISH, rotation)
    noise = np.random.default_rng(0).integers(0, 255, (12, 12, 3), dtype=np.uint8)
    ground = np.asarray(Image.fromarray(noise).resize((FISH.width, FISH.height), Image.Resampling.BICUBIC))
    alpha = rgba[..., 3:] / 255.0
    Image.fromarray((alpha * rgba[..., :3] + (1 - alpha) * ground).round().astype(np.uint8)).save(tmp_path / "a.png")
    rows, columns = np.flatnonzero((rgba[..., 3] > 128).any(1)), np.flatnonzero((rgba[..., 3] > 128).any(0))
    box = (columns[0] - 8.0, rows[0] - 8.0, columns[-1] + 8.0, rows[-1] + 8.0)
    image = undistort_image(load_unmasked_image(tmp_path / "a.png", box), FISH)
    given = torch.eye(4, dtype=torch.float64)[None]
    given[0, :3, :3] = torch.from_numpy(rotation)
    start = replace(camera_of(EXPECTED), rotation=given[:, :3, :3] @ camera_of(EXPECTED).rotation)
    start = replace(start, translation=camera_of(EXPECTED).translation @ given[0, :3, :3].T)
    assert is_large(image) == large
    estimate = estimator.estimate(image, initial=start, searched=0)
    assert error_deg(estimate, rotation) < 2
    assert not estimate.focal_estimated
    assert estimate.camera.focal[0].tolist() == pytest.approx(FISH.intrinsics[:2])
    found, true = estimate.mask[0].numpy() >= 128, rgba[..., 3] >= 128
    assert found.shape == true.shape
    assert (found & ~true).sum() < 0.02 * true.sum()
    assert (found & true).sum() > 0.75 * true.sum()  # as of the pinhole's picture: not all of it looks like the mesh
    drawn = render_estimate(estimator.renderer, estimate)[..., 3] >= 128
    assert (drawn & true).sum() / (drawn | true).sum() > 0.95


def test_an_estimate_goes_to_the_source_and_back(image):
    window = window_about_pixels(FISH, (600.0, 100.0, 760.0, 260.0))
    agreement = KeypointAgreement(
        torch.tensor([[10.0, 20.0], [torch.inf, torch.inf]], dtype=torch.float64),
        torch.zeros(2, dtype=torch.float64),
        torch.zeros(2, dtype=torch.bool),
        torch.zeros(2, dtype=torch.bool),
    )
    mask = torch.zeros(1, window.height, window.width, dtype=torch.uint8)
    mask[0, 40:80, 40:80] = 255
    estimate = replace(estimate_of(image), mask=mask, keypoints=agreement)
    found = estimate_of_source(estimate, window)
    assert found.window is window
    assert (found.camera.width, found.camera.height) == (FISH.width, FISH.height)
    assert found.mask.shape == (1, FISH.height, FISH.width)
    place = window.source_pixels(torch.tensor([[10.0, 20.0], [60.0, 60.0]]))
    assert torch.allclose(found.keypoints.projected[0], place[0])
    assert not found.keypoints.projected[1].isfinite().any()
    assert found.mask[0, int(place[1, 1]), int(place[1, 0])] == 255
    assert torch.equal(found.crop_camera.rotation, estimate.crop_camera.rotation)
    lengths = [torch.tensor(each.uncertainty.translation).norm() for each in (found, estimate)]
    assert lengths[0] == pytest.approx(float(lengths[1]))
    back = estimate_in_window(found)
    assert back.window is None
    assert torch.allclose(back.camera.world_to_camera, estimate.camera.world_to_camera, atol=1e-12)
    assert estimate_in_window(estimate) is estimate


def test_another_answer_keeps_its_window(image):
    window = window_about_pixels(FISH, (600.0, 100.0, 760.0, 260.0))
    found = estimate_of_source(estimate_of(image), window)
    other = found.with_answer(found.alternatives[0])
    seen = window.to_window(other.camera).crop(*found.crop, found.crop_camera.width, found.crop_camera.height)
    assert torch.allclose(other.crop_camera.world_to_camera, seen.world_to_camera)


@pytest.mark.parametrize("kind", ["", SHADOWLESS])
def test_masks_of_estimates_are_for_the_picture_and_for_its_window(image, kind):
    window = window_about_pixels(FISH, (600.0, 100.0, 760.0, 260.0))
    mask = torch.zeros(1, window.height, window.width, dtype=torch.uint8)
    mask[0, 40:80, 40:80] = 255
    found = estimate_of_source(replace(estimate_of(image), mask=mask, mask_kind=kind), window)
    nothing = torch.zeros(1, FISH.height, FISH.width, dtype=torch.uint8)
    source = replace(image, rgb=nothing.repeat(3, 1, 1), mask=nothing, mask_source="file")
    applied = found.apply_mask(source)
    assert torch.equal(applied.mask, found.mask)
    assert (applied.mask_kind, applied.mask_source) == (kind, "file" if kind else "estimated")
    own = replace(source, other_masks=(OtherMask(255 - nothing, INVERTED),))
    assert torch.equal(replace(found, mask_kind=INVERTED).apply_mask(own).mask, 255 - nothing)
    seen = found.apply_mask(look_through(source, window)).mask >= 128
    assert seen.shape == mask.shape
    assert float((seen & (mask >= 128)).sum() / (seen | (mask >= 128)).sum()) > 0.95


def test_large_pictures_are_drawn_smaller_through_the_lens(image, mesh, monkeypatch):
    window = window_about_pixels(BARREL, (0.0, 0.0, 640.0, 600.0))
    estimate = estimate_of_source(estimate_of(image, camera=camera_around_box(window.width, window.height)), window)
    renderer = Renderer(mesh)
    monkeypatch.setattr("camera_estimation.visualization.picture_size.PICTURE_PIXELS", 640 * 600 // 4)
    source = replace(image, rgb=torch.zeros(3, 600, 640, dtype=torch.uint8), mask=torch.zeros(1, 600, 640).byte())
    whole, small = render_estimate(renderer, estimate), render_estimate(renderer, estimate, bound_image(source))
    assert small.shape == (300, 320, 4)
    blocks = whole[..., 3].reshape(300, 2, 320, 2).mean(axis=(1, 3))
    assert (blocks >= 128).sum() > 1000
    assert np.abs(small[..., 3] - blocks).mean() < 2
