from __future__ import annotations

import warnings

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from camera_estimation.errors import InputError
from camera_estimation.images.loading import load_frame, load_source_image, load_unmasked_image, look_for_object
from camera_estimation.images.source_image import SourceImage
from camera_estimation.segmentation import PromptedSegmenter
from camera_estimation.segmentation.loading import create_segmenter
from tests.support.messages import assert_is_one_line_about

HEIGHT, WIDTH = 60, 80
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]


def disc(x: float = 40.0, y: float = 30.0, radius: float = 18.0) -> np.ndarray:
    """Anti-aliased coverage in [0, 1]."""
    return np.clip(radius + 0.5 - np.hypot(X + 0.5 - x, Y + 0.5 - y), 0.0, 1.0)


def picture(coverage: np.ndarray, background: tuple, color: tuple = (200, 60, 30)) -> np.ndarray:
    """A shaded object in front of one colour, 8-bit RGB."""
    shaded = np.array(color) * (0.7 + 0.3 * X / WIDTH)[..., None]
    return np.round(shaded * coverage[..., None] + np.array(background) * (1 - coverage[..., None])).astype(np.uint8)


def with_alpha(coverage: np.ndarray) -> np.ndarray:
    alpha = np.round(255 * coverage).astype(np.uint8)
    return np.concatenate([picture(np.ones_like(coverage), (0, 0, 0)), alpha[..., None]], axis=-1)


def load(path, **keywords) -> SourceImage:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_source_image(path, **keywords)


def mask_error(image: SourceImage, coverage: np.ndarray) -> float:
    """Mean absolute error of the coverage, as a fraction of the object's area."""
    return float(np.abs(image.mask[0].numpy() / 255.0 - coverage).sum() / coverage.sum())


@pytest.fixture
def rgba_path(tmp_path):
    path = tmp_path / "object.png"
    Image.fromarray(with_alpha(disc())).save(path)
    return path


def test_alpha_is_the_mask_and_color_stays_straight(rgba_path):
    image = load(rgba_path)
    stored = with_alpha(disc())
    assert image.mask_source == "alpha"
    assert (image.width, image.height) == (WIDTH, HEIGHT)
    assert np.array_equal(image.mask[0].numpy(), stored[..., 3])
    assert np.array_equal(image.rgb.numpy().transpose(1, 2, 0), stored[..., :3])


def test_modes_with_transparency(tmp_path, rgba_path):
    with Image.open(rgba_path) as picture_:
        picture_.convert("LA").save(tmp_path / "la.png")
        picture_.save(tmp_path / "lossless.webp", lossless=True, exact=True)
        palette = picture_.convert("RGB").quantize(255)
    indices = np.array(palette)
    indices[disc() < 0.5] = 255
    transparent = Image.fromarray(indices)
    transparent.putpalette([*palette.getpalette(), *[0] * 768][:768])
    transparent.save(tmp_path / "palette.png", transparency=255)
    for name in ("la.png", "lossless.webp", "palette.png"):
        image = load(tmp_path / name)
        assert image.mask_source == "alpha"
        assert np.array_equal(image.mask[0].numpy() >= 128, disc() >= 0.5)


def test_sixteen_bit_gray_is_not_clipped(tmp_path):
    gray = picture(disc(), (255, 255, 255))[..., 0]
    Image.fromarray(gray.astype(np.uint16) * 257).save(tmp_path / "wide.png")
    assert np.array_equal(load(tmp_path / "wide.png").rgb[0].numpy(), gray)


def test_cmyk_jpeg(tmp_path):
    rgb = picture(disc(), (255, 255, 255))
    Image.fromarray(rgb).convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    image = load(tmp_path / "print.jpg")
    assert np.abs(image.rgb.numpy().transpose(1, 2, 0).astype(int) - rgb).mean() < 4
    assert mask_error(image, disc()) < 0.05


def test_exif_orientation_applies_to_the_image_and_only_to_a_mask_that_has_one(tmp_path):
    upright = with_alpha(disc(25, 20, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    Image.fromarray(np.rot90(upright)[..., :3].copy()).save(tmp_path / "phone.png", exif=exif)
    Image.fromarray(upright[..., 3]).save(tmp_path / "phone_mask.png")
    image = load(tmp_path / "phone.png")
    assert np.array_equal(image.rgb.numpy().transpose(1, 2, 0), upright[..., :3])
    assert np.array_equal(image.mask[0].numpy(), upright[..., 3])


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1", "labels"])
def test_mask_files_of_every_kind(tmp_path, mode):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)).save(
        tmp_path / "busy.png"
    )
    hard = (disc() > 0.5).astype(np.uint8)
    mask = Image.fromarray(hard if mode == "labels" else hard * 255)
    (mask if mode == "labels" else mask.convert(mode)).save(tmp_path / "busy_mask.png")
    image = load(tmp_path / "busy.png")
    assert image.mask_source == "file"
    assert np.array_equal(image.mask[0].numpy(), hard * 255)


def test_order_of_masks(tmp_path, rgba_path):
    opaque = tmp_path / "view.png"
    Image.fromarray(picture(disc(), (255, 255, 255))).save(opaque)
    masks = tmp_path / "masks"
    masks.mkdir()
    for name, radius in (("view_mask.png", 5), ("masks/view.png", 6), ("named.png", 7), ("masks/object.png", 8)):
        Image.fromarray(np.round(255 * disc(radius=radius)).astype(np.uint8)).save(tmp_path / name)

    def radius_of(image: SourceImage) -> float:
        return float(np.sqrt(image.mask.numpy().sum() / 255 / np.pi))

    assert radius_of(load(opaque)) == pytest.approx(5, abs=0.1)
    assert radius_of(load(opaque, masks_dir=masks)) == pytest.approx(6, abs=0.1)
    assert radius_of(load(opaque, masks_dir=masks, mask_path=tmp_path / "named.png")) == pytest.approx(7, abs=0.1)
    assert load(rgba_path, masks_dir=masks).mask_source == "alpha"


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (40, 90, 200)])
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_plain_background(tmp_path, background, suffix):
    path = tmp_path / f"plain{suffix}"
    Image.fromarray(picture(disc(), background)).save(path, **({"quality": 90} if suffix == ".jpg" else {}))
    image = load(path)
    assert image.mask_source == "background"
    assert mask_error(image, disc()) < (0.03 if suffix == ".png" else 0.08)


def test_dark_object_on_black_has_no_holes(tmp_path):
    rgb = picture(disc(), (0, 0, 0), color=(14, 12, 10))
    rgb[26:34, 36:44] = 0  # black paint
    rgb = np.where(disc()[..., None] > 0.5, ndimage.gaussian_filter(rgb, (1, 1, 0)), rgb)
    Image.fromarray(rgb).save(tmp_path / "dark.png")
    mask = load(tmp_path / "dark.png").mask[0].numpy()
    assert (mask[disc(radius=15) > 0] == 255).all()


def test_background_seen_through_a_hole_is_not_object_but_a_highlight_is(tmp_path):
    ring = disc(radius=22) - disc(radius=9)
    Image.fromarray(picture(ring, (255, 255, 255))).save(tmp_path / "ring.png")
    assert mask_error(load(tmp_path / "ring.png"), ring) < 0.04
    shine = np.clip(1.6 - np.hypot(X - 40, Y - 30) / 12, 0, 1)[..., None]
    rgb = picture(disc(radius=22), (255, 255, 255))
    Image.fromarray(np.round(rgb * (1 - shine) + 255 * shine).astype(np.uint8)).save(tmp_path / "shiny.png")
    assert mask_error(load(tmp_path / "shiny.png"), disc(radius=22)) < 0.04


def test_object_may_reach_over_a_part_of_the_border(tmp_path):
    coverage = disc(x=0, y=30, radius=25)
    Image.fromarray(picture(coverage, (250, 250, 250))).save(tmp_path / "cut.png")
    assert mask_error(load(tmp_path / "cut.png"), coverage) < 0.03


def test_bars_beside_the_picture_are_not_its_background(tmp_path):
    rgb = np.zeros((HEIGHT, WIDTH + 60, 3), dtype=np.uint8)
    rgb[:, 30:-30] = picture(disc(), (255, 255, 255))
    Image.fromarray(rgb).save(tmp_path / "barred.png")
    image = load(tmp_path / "barred.png")
    assert mask_error(image, np.pad(disc(), ((0, 0), (30, 30)))) < 0.03


def failing_images(folder) -> dict:
    """Path and reason of images that cannot be used."""
    rng = np.random.default_rng(1)
    arrays = {
        "busy": (rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8), "no plain background"),
        "gradient": (np.repeat(3 * X[..., None], 3, axis=-1).astype(np.uint8), "no plain background"),
        "blank": (np.full((HEIGHT, WIDTH, 3), 255, dtype=np.uint8), "no object"),
        "transparent": (with_alpha(np.zeros((HEIGHT, WIDTH))), "no object"),
        "few": (with_alpha(disc(radius=1.0)), "no object"),
        "single": (np.zeros((1, 1, 4), dtype=np.uint8), "no object"),
        "tiny": (rng.integers(0, 255, (2, 3, 3), dtype=np.uint8), ""),
    }
    cases = {}
    for name, (array, reason) in arrays.items():
        Image.fromarray(array).save(folder / f"{name}.png")
        cases[folder / f"{name}.png"] = reason
    whole = (folder / "busy.png").read_bytes()
    for name, content, reason in (
        ("cut", whole[: len(whole) // 2], "damaged"),
        ("empty", b"", "is empty"),
        ("text", b"plain text", "not an image"),
    ):
        (folder / f"{name}.png").write_bytes(content)
        cases[folder / f"{name}.png"] = reason
    (folder / "folder.png").mkdir()
    return {**cases, folder / "folder.png": "folder", folder / "missing.png": "no such file"}


def test_unusable_images_are_one_line_with_the_path(tmp_path, capfd):
    for path, reason in failing_images(tmp_path).items():
        with pytest.raises(InputError) as caught:
            load(path)
        assert_is_one_line_about(path, caught.value, reason)
    assert capfd.readouterr() == ("", "")


def test_unusable_masks_name_the_mask(tmp_path):
    image = tmp_path / "view.png"
    Image.fromarray(picture(disc(), (255, 255, 255))).save(image)
    small = tmp_path / "small.png"
    Image.fromarray(np.full((5, 5), 255, dtype=np.uint8)).save(small)
    black = tmp_path / "black.png"
    Image.fromarray(np.zeros((HEIGHT, WIDTH), dtype=np.uint8)).save(black)
    for mask, reason in ((small, "5x5"), (black, "no object"), (tmp_path / "none.png", "no such file")):
        with pytest.raises(InputError, match=reason) as caught:
            load(image, mask_path=mask)
        assert str(caught.value).startswith(str(mask))
    with pytest.raises(InputError, match="no such folder"):
        load(image, masks_dir=tmp_path / "nowhere")


def test_a_segmenter_is_asked_where_nothing_else_says(tmp_path):
    inside = disc(radius=15) >= 0.5
    noise = np.random.default_rng(0).integers(0, 60, (HEIGHT, WIDTH, 3))
    rgb = np.where(inside[..., None], (240, 200, 150), noise).astype(np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(rgb).save(path)
    grabcut = create_segmenter("grabcut")
    image = load_source_image(path, segmenter=grabcut, box=(20, 10, 60, 50))
    assert image.mask_source == "grabcut"
    found = image.mask[0].numpy() >= 128
    assert (found & inside).sum() / (found | inside).sum() > 0.95
    Image.fromarray(np.where(inside, 255, 0).astype(np.uint8)).save(tmp_path / "photo_mask.png")
    assert load_source_image(path, segmenter=grabcut).mask_source == "file"
    Image.fromarray(np.dstack([rgb, np.where(inside, 255, 0).astype(np.uint8)])).save(path)
    assert load_source_image(path, segmenter=grabcut).mask_source == "alpha"


class TestWithoutAnyMask:
    @pytest.fixture
    def busy(self, tmp_path):
        pixels = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "busy.png")
        return tmp_path / "busy.png"

    def test_a_line_says_where_the_object_is_looked_for(self, busy, monkeypatch):
        monkeypatch.setattr("camera_estimation.images.loading.find_segmenter", lambda device: None)
        image = look_for_object(load_unmasked_image(busy), "cpu")
        assert image.mask_source == "none"
        assert image.proposed_mask is None
        (line,) = image.remarks
        assert "looked for in all of it; --boxes, --points" in line
        boxed = look_for_object(load_unmasked_image(busy, (2.0, 2.0, 30.0, 20.0)), "cpu")
        assert boxed.remarks[0].endswith("looked for in its box")

    def test_what_a_segmenter_finds_is_proposed(self, busy, monkeypatch):
        class Half(PromptedSegmenter):
            name, uses_points = "half", True

            def object_mask(self, picture, prompt):
                self.prompt = prompt
                return (np.arange(WIDTH) < WIDTH // 2).astype(np.float32) * np.ones((HEIGHT, 1), dtype=np.float32)

        segmenter = Half()
        monkeypatch.setattr("camera_estimation.images.loading.find_segmenter", lambda device: segmenter)
        image = look_for_object(load_unmasked_image(busy, points=((3.0, 4.0),)), "cpu")
        assert segmenter.prompt.points == ((3.0, 4.0),)
        assert image.proposed_mask.sum() == HEIGHT * (WIDTH // 2)
        assert "about its points, and in what half finds" in image.remarks[0]

    def test_points_lie_in_the_image(self, busy):
        with pytest.raises(InputError, match="is outside of the image"):
            load_unmasked_image(busy, points=((float(WIDTH), 2.0),))


def test_frames_have_the_mask_that_is_at_hand(tmp_path, rgba_path):
    assert load_frame(rgba_path).mask_source == "alpha"
    plain = tmp_path / "plain.png"
    Image.fromarray(picture(disc(), (240, 240, 240))).save(plain)
    assert load_frame(plain).mask_source == "none"
    assert load_frame(plain, plain_background=True).mask_source == "background"
    masks = tmp_path / "masks"
    masks.mkdir()
    Image.fromarray(np.round(255 * disc()).astype(np.uint8)).save(masks / "plain.png")
    assert load_frame(plain, masks).mask_source == "file"


def test_frames_without_any_mask_are_as_they_are(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    image = load_frame(tmp_path / "noise.png", plain_background=True)
    assert image.mask_source == "none"
    assert np.array_equal(image.rgb.permute(1, 2, 0).numpy(), noise)
