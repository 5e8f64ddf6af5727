from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from scipy import ndimage

from camera_estimation.dataset.pairing import Sample
from camera_estimation.estimation._uncertainty import Uncertainty
from camera_estimation.images.loading import load_source_image
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.entries import pose_entry
from camera_estimation.visualization import pictures
from camera_estimation.visualization.comparison import (
    VERDICT_INKS,
    comparison_picture,
    fov_phrase,
    panel_window,
    result_phrases,
)
from camera_estimation.visualization.frame_render import render_frame
from camera_estimation.visualization.picture_size import bound_image, camera_of_picture
from camera_estimation.visualization.pictures import (
    ONLY_RENDER,
    ONLY_SOURCE,
    OUTLINE,
    difference_picture,
    outline,
    overlay_picture,
    source_picture,
)
from tests.support.small_samples import camera_around_box, estimate_of, write_disc


@pytest.fixture
def renderer(mesh):
    return Renderer(mesh)


def test_render_is_where_the_camera_projects_the_mesh(renderer, mesh):
    camera = camera_around_box(120, 90)
    render = render_frame(renderer, camera)
    vertices = mesh.center + mesh.radius * mesh.vertices.double()
    pixels, _ = camera.project(vertices[None])
    rows, columns = np.nonzero(render[..., 3] > 0)
    assert render.shape == (90, 120, 4)
    assert [columns.min(), rows.min()] == pytest.approx(pixels[0].amin(0).tolist(), abs=1.5)
    assert [columns.max() + 1, rows.max() + 1] == pytest.approx(pixels[0].amax(0).tolist(), abs=1.5)


def test_render_in_tiles_is_the_render_at_once(renderer, monkeypatch):
    camera = camera_around_box(120, 90)
    whole = render_frame(renderer, camera)
    monkeypatch.setattr("camera_estimation.rendering.tiles.TILE", 32)
    tiled = render_frame(renderer, camera).astype(int)
    assert np.abs(tiled - whole)[whole[..., 3] == 255].max() <= 3


def test_pictures_of_large_images_are_smaller_and_show_the_same(renderer, image, monkeypatch):
    camera = camera_around_box(image.width, image.height)
    assert bound_image(image) is image
    assert camera_of_picture(camera, image) is camera
    monkeypatch.setattr("camera_estimation.visualization.picture_size.PICTURE_PIXELS", image.width * image.height // 4)
    small = bound_image(image)
    assert (small.width, small.height) == (image.width // 2, image.height // 2)
    whole = render_frame(renderer, camera)[..., 3]
    drawn = render_frame(renderer, camera_of_picture(camera, small))[..., 3]
    blocks = whole.reshape(small.height, 2, small.width, 2).mean(axis=(1, 3))
    assert np.abs(drawn - blocks).mean() < 4


def test_render_of_an_object_outside_of_the_frame_is_empty(renderer):
    camera = camera_around_box(64, 64)
    aside = replace(camera, translation=camera.translation + torch.tensor([[50.0, 0.0, 0.0]], dtype=torch.float64))
    assert not render_frame(renderer, aside).any()


def test_render_from_within_the_object_covers_the_frame(renderer):
    camera = camera_around_box(48, 48, distance=0.05)
    assert render_frame(renderer, camera)[..., 3].min() == 255


def test_source_shows_what_is_hidden_by_alpha_as_plain_ground(image):
    picture = source_picture(image)
    assert len(np.unique(picture[0, 0])) == 1
    assert tuple(picture[20, 24]) == (230, 140, 30)


def test_outline_surrounds_the_mask_and_leaves_it_free():
    mask = np.zeros((9, 9), dtype=np.uint8)
    mask[4, 4] = 255
    band = outline(mask, 2)
    assert not band[4, 4]
    assert band[4].tolist() == [False, False, True, True, False, True, True, False, False]
    assert not outline(np.zeros((9, 9), dtype=np.uint8), 2).any()


def test_outline_is_what_scipy_grows():
    mask = (255 * (np.random.default_rng(0).random((40, 60)) > 0.97)).astype(np.uint8)
    grown = ndimage.binary_dilation(mask > 0, iterations=3)
    assert (outline(mask, 3) == grown & (mask == 0)).all()


def test_outline_reaches_the_border_of_the_picture():
    mask = np.full((4, 4), 255, dtype=np.uint8)
    mask[:, 3] = 0
    assert outline(mask, 1).tolist() == [[False, False, False, True]] * 4


def test_overlay_mixes_the_render_in_and_outlines_it():
    source = np.full((20, 20, 3), 100, dtype=np.uint8)
    render = np.zeros((20, 20, 4), dtype=np.uint8)
    render[8:12, 8:12] = (200, 0, 50, 255)
    overlay = overlay_picture(source, render)
    assert tuple(overlay[10, 10]) == (150, 50, 75)
    assert tuple(overlay[7, 10]) == OUTLINE
    assert tuple(overlay[0, 0]) == (100, 100, 100)


def test_blending_in_strips_is_the_formula(monkeypatch):
    monkeypatch.setattr(pictures, "STRIP", 40)
    random = np.random.default_rng(0)
    under, over = random.integers(0, 256, (2, 37, 23, 3), dtype=np.uint8)
    levels = random.integers(0, 256, (37, 23), dtype=np.uint8)
    levels[:5] = 0
    share = (0.5 * (levels / 255.0))[..., None].astype(np.float32)
    plain = (under + share * (over.astype(np.float32) - under)).round().astype(np.uint8)
    assert np.array_equal(pictures.blend_by_levels(under, over, levels, 0.5), plain)
    assert np.array_equal(pictures.blend(under, over, share[..., 0]), plain)


@pytest.mark.parametrize("width", [1, 4])
def test_outline_is_what_dilation_adds(width):
    mask = np.random.default_rng(1).integers(0, 140, (40, 50), dtype=np.uint8)
    inside = mask >= 128
    assert np.array_equal(outline(mask, width), ndimage.binary_dilation(inside, iterations=width) & ~inside)


def test_difference_is_the_mean_of_the_channels():
    random = np.random.default_rng(2)
    rgb, drawn = random.integers(0, 256, (2, 30, 20, 3), dtype=np.uint8)
    render = np.dstack([drawn, np.full((30, 20), 255, np.uint8)])
    shown = pictures.difference_of(rgb, render[..., 3], render)
    assert np.array_equal(shown[..., 0], np.abs(rgb.astype(int) - drawn).mean(-1).astype(np.uint8))


def test_difference_tells_which_picture_shows_the_object_alone(image):
    render = np.zeros((image.height, image.width, 4), dtype=np.uint8)
    render[:, 24:] = (230, 140, 0, 255)
    difference = difference_picture(image, render)
    assert tuple(difference[20, 20]) == ONLY_SOURCE
    assert tuple(difference[0, 47]) == ONLY_RENDER
    assert tuple(difference[20, 28]) == (10, 10, 10)
    assert tuple(difference[0, 0]) == (0, 0, 0)


def test_panels_show_the_whole_frame_or_the_part_with_the_object():
    mask = np.zeros((1000, 2000), dtype=np.uint8)
    mask[900:950, 1900:1990] = 255
    nothing = np.zeros_like(mask)
    left, top, right, bottom = panel_window(mask, nothing)
    assert left < 1900 < 1990 < right <= 2000
    assert top < 900 < 950 < bottom <= 1000
    mask[100:900, 100:1900] = 255
    assert panel_window(mask, nothing) == (0, 0, 2000, 1000)
    assert panel_window(nothing, nothing) == (0, 0, 2000, 1000)


@pytest.mark.parametrize(("width", "height"), [(48, 40), (400, 20), (20, 400)])
def test_comparison_has_four_panels_and_the_numbers_at_any_shape(tmp_path, sample, mesh, renderer, width, height):
    image = load_source_image(write_disc(tmp_path / "disc.png", width, height, min(width, height) // 3))
    estimate = estimate_of(image)
    entry = pose_entry(sample, estimate, mesh)
    sheet = comparison_picture(image, render_frame(renderer, estimate.camera), entry)
    assert sheet.width > 4 * 300
    assert sheet.height < 800


@pytest.mark.parametrize("verdict", ["good", "doubtful", "wrong"])
def test_comparison_tells_the_verdict_in_its_color(sample, image, mesh, renderer, verdict):
    estimate = estimate_of(image)
    reason = None if verdict == "good" else "the mesh does not fit the silhouette (overlap 0.52)"
    entry = {**pose_entry(sample, estimate, mesh), "verdict": verdict, "reason": reason}
    sheet = np.asarray(comparison_picture(image, render_frame(renderer, estimate.camera), entry))
    shown = {name for name, ink in VERDICT_INKS.items() if (sheet == ink).all(-1).sum() > 20}
    assert shown == {verdict}


def test_numbers_are_those_of_the_entry(sample, image, mesh):
    entry = pose_entry(sample, estimate_of(image, loss=float("nan")), mesh)
    text = " ".join(result_phrases(entry))
    assert "loss silhouette_color not finite" in text
    assert "silhouette IoU 0.8750" in text
    assert "fov 40.11° given" in text
    assert "0.8 s" in text


@pytest.mark.parametrize(
    ("source", "estimated", "phrase"),
    [
        ("fov_deg", False, "fov 40.11° given"),
        ("exif", False, "fov 40.11° from EXIF"),
        ("assumed", False, "fov 40.11° assumed"),
        ("exif", True, "fov 40.11 ± 3.69° estimated (prior from EXIF)"),
        ("assumed", True, "fov 40.11 ± 3.69° estimated (prior assumed)"),
    ],
)
def test_the_field_of_view_is_told_with_its_source(sample, image, mesh, source, estimated, phrase):
    uncertainty = Uncertainty(rotation=0.01, translation=(0.01, 0.02, 0.05), log_focal=0.1 if estimated else 0.0)
    estimate = estimate_of(image, focal_source=source, focal_estimated=estimated, uncertainty=uncertainty)
    assert fov_phrase(pose_entry(sample, estimate, mesh)) == phrase


@pytest.mark.parametrize(("width", "height"), [(4000, 300), (300, 4000), (40, 30), (640, 480)])
@pytest.mark.parametrize("name", ["a", "a very long name of a sample, " * 8])
def test_a_comparison_cuts_nothing_off(renderer, mesh, tmp_path, monkeypatch, width, height, name):
    """Every text and every panel lies within the sheet, and no panel over another or over a text."""
    boxes: list[tuple[float, float, float, float]] = []
    text, paste = ImageDraw.ImageDraw.text, Image.Image.paste

    def note_text(draw, xy, words, *rest):
        boxes.append(draw.textbbox(xy, words, rest[1]))
        text(draw, xy, words, *rest)

    def note_paste(sheet, panel, place):
        boxes.append((*place, place[0] + panel.width, place[1] + panel.height))
        paste(sheet, panel, place)

    image = load_source_image(write_disc(tmp_path / "image.png", width, height, min(width, height) // 3))
    camera = camera_around_box(width, height)
    estimate = estimate_of(image, camera=camera)
    entry = {**pose_entry(Sample(name, mesh.path, tmp_path / "image.png"), estimate, mesh), "confidence": 0.5}
    entry.update(verdict="doubtful", reason="the mesh does not fit the silhouette (overlap 0.62)")
    render = render_frame(renderer, camera)
    monkeypatch.setattr(ImageDraw.ImageDraw, "text", note_text)
    monkeypatch.setattr(Image.Image, "paste", note_paste)
    sheet = comparison_picture(image, render, entry)
    assert len(boxes) == 4 + 4 + 1 + 2 + 2  # panels, labels, name, legend, lines
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= sheet.width
        assert bottom <= sheet.height
    for first, second in combinations(boxes, 2):
        apart = first[2] <= second[0] or second[2] <= first[0] or first[3] <= second[1] or second[3] <= first[1]
        assert apart, (first, second)
