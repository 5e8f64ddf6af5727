"""Whether a picture shows what is around its object."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from camera_estimation.images import SourceImage, shows_surroundings


def picture(rgb: torch.Tensor) -> SourceImage:
    """With an object in its middle."""
    mask = torch.zeros(1, *rgb.shape[1:], dtype=torch.uint8)
    mask[:, 15:45, 15:45] = 255
    return SourceImage(Path("made.png"), rgb, mask, "alpha")


def noise(low: int = 0, high: int = 256) -> torch.Tensor:
    return torch.randint(low, high, (3, 60, 60), generator=torch.Generator().manual_seed(0)).byte()


def test_a_photograph_does():
    assert shows_surroundings(picture(noise()))


@pytest.mark.parametrize("gray", [0, 128, 255])
def test_one_color_does_not_whatever_the_object_is(gray):
    """Nor where it is a little noisy."""
    rgb = torch.full((3, 60, 60), gray, dtype=torch.uint8)
    rgb[:, 15:45, 15:45] = noise()[:, 15:45, 15:45]
    assert not shows_surroundings(picture(rgb))
    levels = (noise(0, 9).int() + min(gray, 240)).byte()
    assert not shows_surroundings(picture(levels))


@pytest.mark.parametrize(("rows", "expected"), [(2, False), (10, True)])
def test_it_takes_more_than_a_caption(rows, expected):
    rgb = torch.full((3, 60, 60), 255, dtype=torch.uint8)
    rgb[:, :rows] = 0
    assert shows_surroundings(picture(rgb)) is expected


def test_where_the_object_is_everywhere_nothing_is_around_it():
    image = SourceImage(Path("made.png"), noise(), torch.full((1, 60, 60), 255, dtype=torch.uint8), "alpha")
    assert not shows_surroundings(image)


def test_what_is_not_known_is_not_seen():
    rgb = torch.full((3, 60, 60), 200, dtype=torch.uint8)
    rgb[:, :15] = noise()[:, :15]
    image = picture(rgb)
    known = torch.full_like(image.mask, 255)
    known[:, :15] = 0
    assert shows_surroundings(image)
    assert not shows_surroundings(replace(image, known=known))
