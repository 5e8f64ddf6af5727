"""``camera-estimate`` with estimates that only take the time that they are told to.

python -m tests.support.stubbed_estimate SECONDS FLAGS ...

Worker processes do the same. What else a sample is to do is in the environment: ``STUB_KILL`` and ``STUB_HANG`` name
images (their width in pixels) at which a process kills itself or sleeps for a long time; with ``STUB_ONCE``, a file
that does not exist yet, that happens once. With ``STUB_GATE``, all but the narrowest of ``write_samples`` wait until
that file exists; ``STUB_BEGUN`` names one that a sample makes when it is begun. With ``STUB_COMPILE`` each process
compiles something.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.process_runs import MOST_SECONDS, WIDTH, recorded, wait_for

ROOT = Path(__file__).parents[2]
SECONDS = "STUB_SECONDS"
LONG = 300.0  # seconds
GATE, WAITING, STDERR = "gate", "gate.waiting", "stderr.txt"  # files beside the inputs


def start_estimate(folder: Path, seconds: float, *flags: str, **options) -> subprocess.Popen:
    """In a process of its own, of the folders meshes and images in ``folder``, into the folder out."""
    inputs = ["--input_dir", str(folder / "meshes"), "--source_images_dir", str(folder / "images")]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return estimate_process(seconds, [*flags, *inputs], folder / "out", **streams)


def start_at_gate(folder: Path, *flags: str, **options) -> subprocess.Popen:
    """One whose samples, all but the first, end after ``finish_at_gate`` is called."""
    with (folder / STDERR).open("w") as stream:
        return start_estimate(folder, 0.0, *flags, stderr=stream, env={"STUB_GATE": str(folder / GATE)}, **options)


def wait_for_gate(folder: Path) -> None:
    """Until the first sample of such a run is finished, and another one has begun."""
    wait_for(lambda: recorded(folder) and (folder / WAITING).exists())


def finish_at_gate(process: subprocess.Popen, folder: Path) -> tuple[int, str]:
    """Exit code and stderr of a run that a signal was sent to, once it has told of that and its samples have ended."""
    wait_for(lambda: "again ends it at once" in (folder / STDERR).read_text())
    (folder / GATE).touch()
    code, err = process.wait(MOST_SECONDS), (folder / STDERR).read_text()
    assert "Traceback" not in err, err
    return code, err


def estimate_process(seconds: float, flags: Sequence[str], output: Path, **options) -> subprocess.Popen:
    """Of any inputs."""
    command = [sys.executable, "-m", "tests.support.stubbed_estimate", str(seconds), *flags]
    command += ["--output_dir", str(output), "--device", "cpu", "--no_pictures"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **options)


def stub_estimates() -> None:
    import camera_estimation.estimation
    from camera_estimation.io import note_compilation
    from tests.support.small_samples import stub_estimator

    class PausingEstimator(stub_estimator({}, [])):
        def estimate(self, image, **options):
            tell_of_begin()
            if os.environ.get("STUB_COMPILE"):
                note_compilation("stubs", "no time")
            time.sleep(float(os.environ[SECONDS]))
            misbehave(image.width)
            wait_at_gate(image.width)
            return super().estimate(image, **options)

    camera_estimation.estimation.CameraEstimator = PausingEstimator


def tell_of_begin() -> None:
    begun = os.environ.get("STUB_BEGUN")
    if begun:
        Path(begun).touch()


def misbehave(width: int) -> None:
    once = os.environ.get("STUB_ONCE")
    wanted = {kind: os.environ.get(f"STUB_{kind}") == str(width) for kind in ("KILL", "HANG")}
    if once and Path(once).exists():
        return
    if once and (wanted["KILL"] or wanted["HANG"]):
        Path(once).touch()
    if wanted["KILL"]:
        os.kill(os.getpid(), signal.SIGKILL)
    if wanted["HANG"]:
        time.sleep(LONG)


def wait_at_gate(width: int) -> None:
    gate = os.environ.get("STUB_GATE")
    if gate and width != WIDTH:
        Path(gate).with_name(WAITING).touch()
        wait_for(Path(gate).exists)


def main() -> None:
    from camera_estimation.cli.estimate import main as estimate

    os.environ[SECONDS] = sys.argv.pop(1)
    stub_estimates()
    if "ray" in sys.argv:
        from tests.support.stubbed_ray import stub_remote_workers

        stub_remote_workers()
    # Shells let what runs in the background ignore them, and nohup the last.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    estimate.run_as_program()


if __name__ == "__main__":
    main()
elif __name__ == "__mp_main__":  # a worker
    stub_estimates()
