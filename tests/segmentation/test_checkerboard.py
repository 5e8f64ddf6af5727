"""Pictures that were saved with the two grays which stand for nothing behind the object."""

from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.segmentation._checkerboard import checkerboard_grays
from camera_estimation.segmentation.plain_background import plain_background_mask

SIZE = 160
ROWS, COLUMNS = np.mgrid[:SIZE, :SIZE]
DISC = (ROWS - 80) ** 2 + (COLUMNS - 75) ** 2 < 50**2
RED = (190, 60, 40)


def checkers(cell: int = 8, colors=((255, 255, 255), (204, 204, 204))) -> np.ndarray:
    return np.array(colors, dtype=np.uint8)[(ROWS // cell + COLUMNS // cell) % 2]


def with_disc(rgb: np.ndarray) -> np.ndarray:
    return np.where(DISC[..., None], np.array(RED, dtype=np.uint8), rgb)


def grays_of(rgb: np.ndarray) -> np.ndarray | None:
    border = np.concatenate([rgb[:2].reshape(-1, 3), rgb[-2:].reshape(-1, 3), rgb[:, 0], rgb[:, -1]]).astype(float)
    return checkerboard_grays(rgb, border, border[0])


@pytest.mark.parametrize("cell", [4, 8, 16])
@pytest.mark.parametrize("grays", [((255,) * 3, (204,) * 3), ((102,) * 3, (153,) * 3)])
def test_the_object_before_it_is_all_that_is_left(cell, grays):
    rgb = with_disc(checkers(cell, grays))
    assert sorted(grays_of(rgb)[:, 0]) == sorted(gray[0] for gray in grays)
    mask = plain_background_mask(rgb, lossy=False) >= 128
    assert (mask & DISC).sum() > 0.99 * (mask | DISC).sum()


def test_compression_does_not_hide_it():
    noise = np.random.default_rng(0).integers(-4, 5, (SIZE, SIZE, 1))
    rgb = np.clip(with_disc(checkers()).astype(int) + noise, 0, 255).astype(np.uint8)
    mask = plain_background_mask(rgb, lossy=True) >= 128
    assert (mask & DISC).sum() > 0.97 * (mask | DISC).sum()


@pytest.mark.parametrize(
    "rgb",
    [
        np.broadcast_to(checkers()[:1], (SIZE, SIZE, 3)),
        np.broadcast_to(checkers()[:, :1], (SIZE, SIZE, 3)),
        checkers(cell=40),
        checkers(colors=((255, 255, 255), (200, 40, 40))),
        np.full((SIZE, SIZE, 3), 204, dtype=np.uint8),
        np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8),
    ],
    ids=["columns", "rows", "large", "colored", "plain", "noise"],
)
def test_other_backgrounds_are_none(rgb):
    assert grays_of(with_disc(rgb)) is None


def test_a_chessboard_before_a_plain_ground_is_an_object():
    rgb = np.full((SIZE, SIZE, 3), 255, dtype=np.uint8)
    board = np.zeros((SIZE, SIZE), dtype=bool)
    board[30:130, 30:130] = True
    rgb[board] = checkers(12, ((30, 30, 30), (220, 220, 220)))[board]
    assert grays_of(rgb) is None
    mask = plain_background_mask(rgb, lossy=False) >= 128
    assert (mask & board).sum() > 0.98 * (mask | board).sum()
