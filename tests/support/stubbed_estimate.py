"""``camera-estimate`` with estimates that only take the time that they are told to.

python -m tests.support.stubbed_estimate SECONDS FLAGS ...
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start_estimate(folder: Path, seconds: float, *flags: str, **options) -> subprocess.Popen:
    """In a process of its own, of the folders meshes and images in ``folder``, into the folder out."""
    command = [sys.executable, "-m", "tests.support.stubbed_estimate", str(seconds), *flags]
    command += ["--input_dir", str(folder / "meshes"), "--source_images_dir", str(folder / "images")]
    command += ["--output_dir", str(folder / "out"), "--device", "cpu", "--no_pictures"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **streams)


def main() -> None:
    import camera_estimation.estimation
    from camera_estimation.cli.estimate import main as estimate
    from tests.support.small_samples import stub_estimator

    seconds = float(sys.argv.pop(1))

    class PausingEstimator(stub_estimator({}, [])):
        def estimate(self, image, **options):
            time.sleep(seconds)
            return super().estimate(image, **options)

    camera_estimation.estimation.CameraEstimator = PausingEstimator
    for number in (signal.SIGINT, signal.SIGTERM):  # shells let what runs in the background ignore it
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    estimate.run_as_program()


if __name__ == "__main__":
    main()
