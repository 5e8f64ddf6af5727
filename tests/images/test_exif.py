from __future__ import annotations

import logging
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import ExifTags, Image, TiffImagePlugin

from camera_estimation.geometry import FocalPrior
from camera_estimation.images import load_source_image, load_unmasked_image
from camera_estimation.images._exif import read_focal_prior

Tag = ExifTags.Base
DIAGONAL = math.hypot(36, 24)


def write(path, tags: dict, size=(160, 120), orientation: int = 1):
    Image.new("RGB", size, (250, 250, 250)).save(path, exif=exif_of(tags, orientation))
    return path


def exif_of(tags: dict, orientation: int = 1) -> Image.Exif:
    exif, whole = Image.Exif(), Image.Exif()
    exif[Tag.Orientation] = orientation
    exif[ExifTags.IFD.Exif] = tags
    whole.load(exif.tobytes())  # Pillow writes EXIF of TIFF files only as it was read
    return whole


def prior_of(path, tags: dict, size=(160, 120)) -> FocalPrior | None:
    return read_focal_prior(write(path, tags, size), *size)


def rational(value: float) -> TiffImagePlugin.IFDRational:
    return TiffImagePlugin.IFDRational(round(value * 1000), 1000)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif", "heic"])
def test_an_equivalent_is_of_the_diagonal_in_every_format(tmp_path, suffix):
    if suffix == "heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    # 36 x 24 mm itself: half of 24 mm over the focal length.
    prior = prior_of(tmp_path / f"a.{suffix}", {Tag.FocalLengthIn35mmFilm: 50}, (180, 120))
    assert prior.tan_half_fov == pytest.approx(12 / 50)
    assert prior.source == "exif"
    assert 0.03 <= prior.deviation / prior.tan_half_fov < 0.035


@settings(max_examples=20)
@given(st.integers(14, 200), st.sampled_from([(160, 120), (120, 160), (180, 120), (400, 300)]))
def test_the_diagonal_sees_the_angle_of_the_film(tmp_path_factory, equivalent, size):
    prior = prior_of(tmp_path_factory.mktemp("exif") / "a.jpg", {Tag.FocalLengthIn35mmFilm: equivalent}, size)
    focal = size[1] / (2 * prior.tan_half_fov)
    assert math.hypot(*size) / focal == pytest.approx(DIAGONAL / equivalent)


def test_the_orientation_is_applied_before(tmp_path):
    path = tmp_path / "turned.jpg"
    write(path, {Tag.FocalLengthIn35mmFilm: 50, Tag.ExifImageWidth: 1800, Tag.ExifImageHeight: 1200}, (180, 120), 6)
    for image in (load_unmasked_image(path), load_unmasked_image(path, (10, 10, 60, 60))):
        assert (image.width, image.height) == (120, 180)
        assert image.focal_prior.tan_half_fov == pytest.approx(18 / 50)


def test_images_with_masks_have_it_too(tmp_path):
    rgba = np.zeros((120, 160, 4), np.uint8)
    rgba[30:90, 40:120] = 255
    Image.fromarray(rgba).save(tmp_path / "with.png", exif=exif_of({Tag.FocalLengthIn35mmFilm: 26}))
    Image.fromarray(rgba).save(tmp_path / "without.png")
    assert load_source_image(tmp_path / "with.png").focal_prior.fov_deg == pytest.approx(53.06, abs=0.01)
    assert load_source_image(tmp_path / "without.png").focal_prior is None


def test_the_sensor_tells_where_no_equivalent_does(tmp_path):
    # A sensor of 22.3 mm across 5184 pixels, resized to 180: half of its height over the focal length.
    tags = {Tag.FocalLength: rational(50), Tag.ExifImageWidth: 5184, Tag.ExifImageHeight: 3456}
    for unit, millimeters in ((2, 25.4), (3, 10.0), (4, 1.0)):
        resolution = {
            Tag.FocalPlaneXResolution: rational(5184 / 22.3 * millimeters),
            Tag.FocalPlaneResolutionUnit: unit,
        }
        prior = prior_of(tmp_path / "a.jpg", {**tags, **resolution}, (180, 120))
        assert prior.tan_half_fov == pytest.approx(22.3 / 1.5 / 2 / 50, rel=1e-4)
    assert prior_of(tmp_path / "b.jpg", tags, (180, 120)) is None
    absurd = {Tag.FocalPlaneXResolution: rational(0.5), Tag.FocalPlaneResolutionUnit: 2}
    assert prior_of(tmp_path / "c.jpg", {**tags, **absurd}, (180, 120)) is None


def test_cut_images_are_told_by_their_form(tmp_path, caplog):
    original = {Tag.FocalLengthIn35mmFilm: 50, Tag.ExifImageWidth: 4000, Tag.ExifImageHeight: 3000}
    resized = prior_of(tmp_path / "resized.jpg", original)
    assert resized == prior_of(tmp_path / "plain.jpg", {Tag.FocalLengthIn35mmFilm: 50})
    with caplog.at_level(logging.DEBUG, "camera_estimation.images"):
        assert prior_of(tmp_path / "cut.jpg", original, (160, 100)) is None
    assert "cut.jpg" in caplog.text
    assert "4000x3000" in caplog.text
    assert prior_of(tmp_path / "wide.jpg", {Tag.FocalLengthIn35mmFilm: 26}, (400, 100)) is None


@pytest.mark.parametrize(
    ("size", "cut_from"), [((120, 120), (160, 120)), ((160, 90), (160, 120)), ((90, 160), (120, 160))]
)
def test_forms_that_no_sensor_has_allow_for_the_uncut_reading(tmp_path, size, cut_from):
    prior = prior_of(tmp_path / "a.jpg", {Tag.FocalLengthIn35mmFilm: 40}, size)
    uncut = DIAGONAL / 40 * size[1] / math.hypot(*cut_from) / 2
    assert uncut != pytest.approx(prior.tan_half_fov, rel=0.05)
    assert abs(uncut - prior.tan_half_fov) < 1.1 * prior.deviation


def test_a_digital_zoom_allows_for_both_readings(tmp_path):
    plain = prior_of(tmp_path / "a.jpg", {Tag.FocalLengthIn35mmFilm: 26})
    zoomed = prior_of(tmp_path / "b.jpg", {Tag.FocalLengthIn35mmFilm: 26, Tag.DigitalZoomRatio: rational(2)})
    for reading in (plain.tan_half_fov, plain.tan_half_fov / 2):
        assert abs(reading - zoomed.tan_half_fov) < 1.1 * zoomed.deviation
    for nothing in (0, 1):
        unzoomed = {Tag.FocalLengthIn35mmFilm: 26, Tag.DigitalZoomRatio: rational(nothing)}
        assert prior_of(tmp_path / "c.jpg", unzoomed) == plain


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {Tag.FocalLengthIn35mmFilm: 0},
        {Tag.FocalLengthIn35mmFilm: 1},
        {Tag.FocalLengthIn35mmFilm: 60000},
        {Tag.FocalLengthIn35mmFilm: "none"},
        {Tag.FocalLength: rational(50)},
        {Tag.FocalLength: TiffImagePlugin.IFDRational(1, 0), Tag.ExifImageWidth: 160, Tag.ExifImageHeight: 120},
    ],
)
def test_nonsense_is_ignored(tmp_path, tags):
    assert prior_of(tmp_path / "a.jpg", tags) is None


@settings(max_examples=60)
@given(position=st.integers(0, 47), value=st.integers(0, 255))
def test_broken_metadata_harms_nothing(tmp_path_factory, position, value):
    path = write(tmp_path_factory.mktemp("exif") / "a.jpg", {Tag.FocalLengthIn35mmFilm: 50})
    content = bytearray(path.read_bytes())
    content[content.index(b"Exif\0\0") + 6 + position] = value
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prior = read_focal_prior(path, 160, 120)
    assert prior is None or 3 <= prior.fov_deg <= 150


def test_what_cannot_be_read_is_noted(tmp_path, caplog):
    (tmp_path / "a.jpg").write_bytes(b"no image")
    with caplog.at_level(logging.DEBUG, "camera_estimation.images"):
        assert read_focal_prior(tmp_path / "a.jpg", 160, 120) is None
    assert "a.jpg" in caplog.text
