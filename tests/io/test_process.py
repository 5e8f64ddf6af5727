from __future__ import annotations

import os
import subprocess
import sys

import pytest

from camera_estimation.io import process
from camera_estimation.io.process import OOM_SCORE_FILE, SPIN_VARIABLE, WORKER_OOM_SCORE, tune_process


def spin_count_after(code: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != SPIN_VARIABLE}
    command = [sys.executable, "-c", f"import os; {code}; print(os.environ.get({SPIN_VARIABLE!r}))"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()


def test_a_library_leaves_the_process_alone():
    assert spin_count_after("import camera_estimation; camera_estimation.InputError") == "None"


def test_a_program_tunes_it():
    assert spin_count_after("from camera_estimation.io import tune_process; tune_process()") == "10000"


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv(SPIN_VARIABLE, "7")
    tune_process()
    assert os.environ[SPIN_VARIABLE] == "7"


@pytest.mark.parametrize("command", ["estimate", "compare", "masks", "evaluate"])
def test_every_command_tunes_it_before_torch(command):
    code = (
        f"import sys; from camera_estimation.cli.{command} import main; sys.argv = ['x', '--version']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('torch' in sys.modules)"
    )
    version, torch_is_loaded, spin_count = spin_count_after(f"{code}; ''").splitlines()
    assert version.startswith("camera-")
    assert (torch_is_loaded, spin_count) == ("False", "10000")


def test_garbage_is_collected_as_usual_once_all_is_imported():
    code = (
        "import gc\n"
        "usual = gc.get_threshold()\n"
        "from camera_estimation.io import hasten_imports, settle_process\n"
        "hasten_imports()\n"
        "assert gc.get_threshold()[0] > 10 * usual[0]\n"
        "settle_process()\n"
        "assert gc.isenabled() and gc.get_threshold() == usual and gc.get_freeze_count() > 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has it")
def test_a_worker_is_ended_for_its_memory_before_its_run():
    code = "from camera_estimation.io.process import *; offer_memory_first(); print(OOM_SCORE_FILE.read_text())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(told) == max(WORKER_OOM_SCORE, int(OOM_SCORE_FILE.read_text()))
    assert int(told) > 0


def test_a_system_that_cannot_choose_whom_it_ends_does_no_harm(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "OOM_SCORE_FILE", tmp_path / "none" / "oom_score_adj")
    process.offer_memory_first()
