"""Alpha that only trims a picture, and masks that are probably inverted."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.images.loading import load_source_image
from camera_estimation.images.mask import mask_remarks
from camera_estimation.images.plausibility import hides_something, looks_inverted, visible_box, without_soft_shadow

HEIGHT, WIDTH = 96, 128
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]


def disc(x: float = 60.0, y: float = 48.0, radius: float = 26.0) -> np.ndarray:
    """Anti-aliased levels."""
    return np.round(255 * np.clip(radius + 0.5 - np.hypot(X + 0.5 - x, Y + 0.5 - y), 0.0, 1.0)).astype(np.uint8)


def opaque() -> np.ndarray:
    return np.full((HEIGHT, WIDTH), 255, dtype=np.uint8)


def one_clear_pixel() -> np.ndarray:
    alpha = opaque()
    alpha[0, 0] = 0
    return alpha


def framed(width: int = 3) -> np.ndarray:
    return np.pad(opaque()[width:-width, width:-width], width)


def rounded(radius: int = 12) -> np.ndarray:
    across = np.maximum(radius - np.minimum(X + 0.5, WIDTH - X - 0.5), 0)
    down = np.maximum(radius - np.minimum(Y + 0.5, HEIGHT - Y - 0.5), 0)
    return np.round(255 * np.clip(radius + 0.5 - np.hypot(across, down), 0, 1)).astype(np.uint8)


def between_bars() -> np.ndarray:
    alpha = opaque()
    alpha[:20] = alpha[-20:] = 0
    return alpha


@pytest.mark.parametrize("alpha", [opaque, one_clear_pixel, framed, rounded, between_bars])
def test_alpha_that_trims_hides_nothing(alpha):
    assert not hides_something(alpha())


CORNER = np.where((X > 40) & (Y > 30), 255, 0).astype(np.uint8)


@pytest.mark.parametrize("alpha", [disc(), disc(radius=46.0), 255 - disc(), np.zeros_like(disc()), CORNER])
def test_alpha_that_is_a_mask(alpha):
    assert hides_something(alpha)


def picture(background: tuple = (255, 255, 255)) -> np.ndarray:
    share = disc()[..., None] / 255.0
    return np.round(share * (200, 60, 30) + (1 - share) * background).astype(np.uint8)


@pytest.mark.parametrize("alpha", [one_clear_pixel, framed, rounded, between_bars])
def test_the_next_source_is_used_and_told(tmp_path, alpha):
    path = tmp_path / "trimmed.png"
    rgb = np.where(alpha()[..., None] > 0, picture(), 0).astype(np.uint8)
    Image.fromarray(np.dstack([rgb, alpha()])).save(path)
    image = load_source_image(path)
    assert image.mask_source == "background"
    visible = alpha() >= 128
    assert np.array_equal(image.mask[0].numpy() >= 128, (disc() >= 128) & visible)
    (line,) = image.remarks
    assert line.startswith("its alpha only trims the picture")
    assert [other.kind for other in image.other_masks] == ([] if alpha is one_clear_pixel else ["alpha"])
    assert mask_remarks(image, "") == [line]
    Image.fromarray(disc()).save(tmp_path / "trimmed_mask.png")
    image = load_source_image(path)
    assert image.mask_source == "file"
    assert len(image.remarks) == 1


def test_without_a_next_source_what_alpha_leaves_is_the_object_unless_that_is_all(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    path = tmp_path / "box.png"
    Image.fromarray(np.dstack([noise, framed()])).save(path)
    image = load_source_image(path)
    assert image.mask_source == "alpha"
    assert np.array_equal(image.mask[0].numpy(), framed())
    assert "taken as the mask as there is no other" in image.remarks[0]
    Image.fromarray(np.dstack([noise, one_clear_pixel()])).save(path)
    with pytest.raises(InputError, match="no plain background"):
        load_source_image(path)


@pytest.mark.parametrize(
    ("mask", "inverted"),
    [(disc(), False), (255 - disc(), True), (255 - disc(y=80.0), True), (opaque(), False), (disc(radius=55.0), False)],
    ids=["disc", "hole", "cut hole", "all", "close"],
)
def test_inverted_masks_have_their_opposite_beside_them(tmp_path, mask, inverted):
    assert looks_inverted(mask) == inverted
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "view.png")
    Image.fromarray(mask).save(tmp_path / "view_mask.png")
    image = load_source_image(tmp_path / "view.png")
    assert np.array_equal(image.mask[0].numpy(), mask)
    assert [other.kind for other in image.other_masks] == ["inverted"] * inverted
    if inverted:
        assert np.array_equal(image.other_masks[0].mask[0].numpy(), 255 - mask)
        assert "is the mask right?" in mask_remarks(image, "")[0]
        assert "is inverted" in mask_remarks(image, "inverted")[0]


def test_a_mask_that_covers_all_is_told(tmp_path):
    Image.fromarray(picture()).save(tmp_path / "view.png")
    Image.fromarray(opaque()).save(tmp_path / "view_mask.png")
    assert "covers all of the picture" in load_source_image(tmp_path / "view.png").remarks[0]


def test_shadows_in_alpha_may_be_left_out(tmp_path):
    shade = 140 * np.exp(-(((X - 60) / 50.0) ** 2) - ((Y - 72) / 14.0) ** 2)
    coverage = disc() / 255.0
    alpha = np.round(255 * (coverage + (1 - coverage) * shade / 255)).astype(np.uint8)
    without = without_soft_shadow(alpha)
    assert np.abs(without / 255.0 - coverage).sum() < 0.02 * coverage.sum()
    assert np.abs(alpha / 255.0 - coverage).sum() > 0.1 * coverage.sum()
    assert without_soft_shadow(disc()) is None
    Image.fromarray(np.dstack([picture((0, 0, 0)), alpha])).save(tmp_path / "shaded.png")
    image = load_source_image(tmp_path / "shaded.png")
    assert np.array_equal(image.mask[0].numpy(), alpha)
    assert [other.kind for other in image.other_masks] == ["without shadow"]


def test_the_box_about_what_is_visible():
    visible = np.zeros((6, 9), dtype=bool)
    assert visible_box(visible) is None
    visible[1, 7] = visible[4, 3] = True
    assert visible_box(visible) == (slice(1, 5), slice(3, 8))
