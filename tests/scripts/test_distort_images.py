"""Distorted pictures of renders show points where the lens, and the camera that was turned, put them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.dataset.intrinsics import load_intrinsics

SCRIPT = Path(__file__).parents[2] / "scripts" / "distort_images.py"
CAMERA = {"width": 120, "height": 120, "fx": 160.0, "fy": 160.0, "cx": 60.0, "cy": 60.0}
POINT = np.array([0.15, -0.1, 1.0])  # in axes of the camera


@pytest.fixture
def renders(tmp_path):
    """One picture of a disc about a point."""
    u, v = CAMERA["fx"] * POINT[0] + CAMERA["cx"], CAMERA["fy"] * POINT[1] + CAMERA["cy"]
    columns, rows = np.meshgrid(np.arange(120) + 0.5, np.arange(120) + 0.5)
    rgba = np.full((120, 120, 4), 200, dtype=np.uint8)
    rgba[..., 3] = np.where(np.hypot(columns - u, rows - v) < 8, 255, 0)
    folder = tmp_path / "set"
    for name in ("images", "gt"):
        (folder / name).mkdir(parents=True)
    Image.fromarray(rgba).save(folder / "images" / "disc.png")
    (folder / "gt" / "disc.json").write_text(json.dumps({**CAMERA, "world_to_camera": np.eye(4).tolist()}))
    (folder / "pairs.csv").write_text("mesh,image,gt\nmeshes/disc.glb,images/disc.png,gt/disc.json\n")
    return folder


@pytest.mark.parametrize(
    "flags",
    [
        ["--coefficients", "k1=-0.3", "p1=0.01"],
        ["--coefficients", "k1=0.2", "k4=0.1", "--turn", "6", "-4", "--size", "160", "140"],
        ["--fisheye", "--coefficients", "k1=-0.02", "--turn", "40", "10", "--size", "240", "240", "--focal", "110"],
    ],
)
def test_a_point_is_where_its_lens_shows_it(renders, tmp_path, flags):
    made = tmp_path / "made"
    command = [sys.executable, SCRIPT, renders, made, *flags]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    alpha = np.asarray(Image.open(made / "images" / "disc.png"))[..., 3].astype(float)
    rows, columns = np.mgrid[: alpha.shape[0], : alpha.shape[1]] + 0.5
    middle = (columns * alpha).sum() / alpha.sum(), (rows * alpha).sum() / alpha.sum()
    lens = load_intrinsics(made / "intrinsics.json").of(Path("disc.png")).lens(alpha.shape[1], alpha.shape[0])
    pose = np.array(json.loads((made / "gt" / "disc.json").read_text())["world_to_camera"])
    seen = lens.project(torch.from_numpy(pose[:3, :3] @ POINT)[None])[0].tolist()
    assert middle == pytest.approx(seen, abs=0.25)  # the middle of a disc is not quite that of its distorted picture
    with (made / "pairs.csv").open(newline="") as stream:
        assert [row["image"] for row in csv.DictReader(stream)] == ["images/disc.png"]
