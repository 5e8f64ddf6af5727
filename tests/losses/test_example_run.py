"""Every objective on the packaged example, from the real command line; networks with weights that the test makes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

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
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "--demo", "--loss_type", loss]
    command += ["--config", str(preset), "--output_dir", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), timeout=600)
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads((tmp_path / "out" / "poses.json").read_text())["poses"]
    assert entry["loss_type"] == loss
    stated = re.search(r"([\d.]+) degrees from the true camera", done.stdout + done.stderr)
    assert stated is not None, done.stdout + done.stderr
    assert float(stated.group(1)) < 2
