"""Flags of a Ray cluster, and runs that have nothing to do with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from camera_estimation.cli.estimate import main
from tests.support.small_samples import write_box, write_disc

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--ray_address", "auto"], "--ray_address is of a Ray cluster: add --executor ray"),
        (["--gpus_per_worker", "1", "--workers", "2"], "--gpus_per_worker is of a Ray cluster"),
        (["--executor", "ray", "--gpus_per_worker", "-1"], "'--gpus_per_worker'"),
        (["--executor", "ray", "--ray_inputs", "posted"], "'--ray_inputs'"),
        (["--executor", "ray", "--device", "cpu", "--gpus_per_worker", "1"], "--device cpu for none"),
        (
            ["--executor", "ray", "--device", "cpu", "--ray_address", "ray://host:10001"],
            "Ray's client is not supported",
        ),
    ],
)
def test_wrong_flags_are_told_in_a_line(flags, line, tmp_path):
    result = CliRunner().invoke(main, ["--demo", "--output_dir", str(tmp_path), *flags])
    assert result.exit_code == 2
    assert line in result.output.splitlines()[-1]


def test_runs_of_this_machine_do_not_import_ray(tmp_path):
    write_box(tmp_path / "meshes" / "a.glb")
    write_disc(tmp_path / "images" / "a.png")
    flags = ["--input_dir", str(tmp_path / "meshes"), "--source_images_dir", str(tmp_path / "images")]
    flags += ["--output_dir", str(tmp_path / "out"), "--device", "cpu", "--no_pictures"]
    script = (
        "import sys\nfrom camera_estimation.cli.estimate import main\n"
        "from tests.support.stubbed_estimate import stub_estimates\nstub_estimates()\n"
        f"main({flags}, standalone_mode=False)\n"
        "from camera_estimation.commands.estimate import executor_registry\nassert 'ray' in executor_registry.names()\n"
        "assert 'ray' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "STUB_SECONDS": "0"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "poses.json").is_file()
