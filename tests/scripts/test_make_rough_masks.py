"""Rough masks are off by as many pixels as was asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_rough_masks.py"


def make_rough_masks(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def masks(tmp_path):
    mask = np.zeros((60, 80), dtype=np.uint8)
    mask[20:40, 30:60] = 255
    (tmp_path / "masks").mkdir()
    Image.fromarray(mask).save(tmp_path / "masks" / "box.png")
    return tmp_path / "masks"


@pytest.mark.parametrize(
    ("grow", "middle"), [(3, (slice(17, 43), slice(27, 63))), (-3, (slice(23, 37), slice(33, 57)))]
)
def test_the_boundary_moves(masks, tmp_path, grow, middle):
    assert make_rough_masks(masks, tmp_path / "out", "--grow", str(grow)).returncode == 0
    rough = np.asarray(Image.open(tmp_path / "out" / "box.png")) == 255
    rows, columns = np.flatnonzero(rough[:, 45]), np.flatnonzero(rough[30])
    assert (rows[0], rows[-1] + 1) == (middle[0].start, middle[0].stop)
    assert (columns[0], columns[-1] + 1) == (middle[1].start, middle[1].stop)


def test_boxes_are_those_of_the_exact_masks_by_the_names_of_the_images(masks, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "box.jpg").touch()
    boxes = tmp_path / "boxes.json"
    make_rough_masks(masks, tmp_path / "out", "--grow", "3", "--boxes", boxes, "--images", tmp_path / "images")
    assert json.loads(boxes.read_text()) == {"box.jpg": [30, 20, 60, 40]}


def test_a_mask_of_which_nothing_is_left_is_named(masks, tmp_path):
    run = make_rough_masks(masks, tmp_path / "out", "--grow", "-30")
    assert run.returncode == 2
    assert "box.png" in run.stderr
