"""An artist's way, as docs/guide/exporting-blender.md tells it: a mesh and a photograph in, a scene in Blender out."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from camera_estimation.cli import estimate
from tests.support.exported_scenes import draw, odd_camera, overlap, write_ball

RENDERER = Path(__file__).parents[1] / "support" / "blender_render.py"
ALIGNED = 0.97
NEAR_COLOR = 24  # of 255 levels


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("bpy") is None, reason="Blender is not here: pip install 'camera-estimation[blender]' on Python 3.11"
)
def test_mesh_and_photograph_in_scene_out(tmp_path):
    ball = write_ball(tmp_path / "mesh.glb")
    truth = odd_camera(320, 240, aspect=1.0, roll_deg=4, offset=(0.0, 0.0), distance=3.2)
    seen = Image.fromarray(draw(ball, truth))
    photograph = Image.new("RGBA", seen.size, "white")
    photograph.alpha_composite(seen)
    photograph.convert("RGB").save(tmp_path / "photo.jpg", quality=95)
    arguments = ["--input_dir", "mesh.glb", "--source_images_dir", "photo.jpg", "--output_dir", "out"]

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        result = CliRunner().invoke(estimate.main, [*arguments, "--config", "fast", "--export", "blender"])
    assert result.exit_code == 0, result.output

    blend, renders = tmp_path / "out" / "export" / "blender" / "scene.blend", tmp_path / "renders"
    renders.mkdir()
    subprocess.run([sys.executable, RENDERER, blend, renders], check=True, capture_output=True)
    facts = json.loads((renders / "facts.json").read_text())
    (frame,) = facts["scenes"][facts["opens_on"]]
    assert Path(frame["background"]).resolve() == tmp_path / "photo.jpg"
    assert set(facts["viewports"]) == {"CAMERA"}
    render = Image.open(renders / frame["file"])
    assert overlap(np.asarray(render)[..., 3] >= 128, np.asarray(seen)[..., 3] >= 128) > ALIGNED
    over = Image.open(frame["background"]).convert("RGBA")
    over.alpha_composite(render)
    difference = np.abs(np.asarray(over.convert("RGB"), float) - np.asarray(photograph.convert("RGB"), float)).max(-1)
    assert np.median(difference[np.asarray(seen)[..., 3] >= 128]) < NEAR_COLOR
