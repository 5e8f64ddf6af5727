"""Meshes without their appearance keep their shape."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch

import camera_estimation
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.rendering.color_contrast import is_of_one_color
from camera_estimation.rendering.renderer import Renderer

SCRIPT = Path(__file__).parents[2] / "scripts" / "strip_textures.py"
EXAMPLE = Path(camera_estimation.__file__).parent / "examples" / "spot.glb"


def test_meshes_lose_their_colors_and_all_else_is_copied(tmp_path):
    source = tmp_path / "set"
    (source / "meshes").mkdir(parents=True)
    (source / "meshes" / "spot.glb").write_bytes(EXAMPLE.read_bytes())
    (source / "pairs.csv").write_text("mesh,image\nmeshes/spot.glb,spot.png\n")
    subprocess.run([sys.executable, SCRIPT, source, tmp_path / "plain"], check=True, capture_output=True)
    assert (tmp_path / "plain" / "pairs.csv").read_text() == (source / "pairs.csv").read_text()
    before, after = (load_mesh(folder / "meshes" / "spot.glb") for folder in (source, tmp_path / "plain"))
    assert torch.equal(before.vertices[before.faces.long()], after.vertices[after.faces.long()])
    assert not is_of_one_color(Renderer(before))
    assert is_of_one_color(Renderer(after))
