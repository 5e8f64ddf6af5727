"""Every objective on the packaged example, by the command; networks with weights that the test makes."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from camera_estimation.cli.estimate import main

SETTINGS = {
    "l1l2": "",
    "ssim": "",
    "mask_only": "",
    "census": "[loss]\nsteps = 20",
    "silhouette_color": "",
    "lpips": "[loss]\nsteps = 10\n[loss.options]\nnet = 'alex'",
    "dreamsim": "[loss]\nsteps = 6\n[loss.options]\ndreamsim_type = 'dino_vitb16'",
    "hybrid": "[loss]\nsteps = 6\n[loss.options]\ndreamsim_type = 'dino_vitb16'\nnet = 'squeeze'",
}


@pytest.mark.slow
@pytest.mark.parametrize("loss", SETTINGS)
def test_objective_finds_the_example(loss, weights, tmp_path):
    preset = tmp_path / "settings.toml"
    preset.write_text(SETTINGS[loss])
    words = ["--demo", "--loss_type", loss, "--config", str(preset), "--output_dir", str(tmp_path / "out")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    (entry,) = json.loads((tmp_path / "out" / "poses.json").read_text())["poses"]
    assert entry["loss_type"] == loss
    stated = re.search(r"([\d.]+) degrees from the true camera", done.output)
    assert stated is not None, done.output
    assert float(stated.group(1)) < 2
