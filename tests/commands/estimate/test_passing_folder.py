"""A temporary folder goes with its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from camera_estimation.commands.estimate.executors._passing_folder import PassingFolder
from tests.support.process_runs import wait_for

HOLD = """
import sys, time
from camera_estimation.commands.estimate.executors._passing_folder import PassingFolder
folder = PassingFolder("passing 'folder-")
(folder.path / "inputs").mkdir()
(folder.path / "inputs" / "a.png").write_bytes(b"a")
print(folder.path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_it_is_there_until_it_is_taken_away():
    folder = PassingFolder("passing-")
    (folder.path / "a").write_text("a")
    time.sleep(0.2)
    assert (folder.path / "a").exists()
    folder.remove()
    assert not folder.path.exists()
    folder.remove()


@pytest.mark.skipif(os.name != "posix", reason="there is no shell of POSIX")
@pytest.mark.parametrize("group", [False, True])
def test_it_is_taken_away_when_its_process_or_its_group_is_killed(tmp_path, group):
    """Ray kills the group of a worker."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    folder = Path(process.stdout.readline().rstrip("\n"))
    assert (folder / "inputs" / "a.png").exists()
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    process.stdout.close()
    wait_for(lambda: not folder.exists())
    assert list(tmp_path.iterdir()) == []


def test_without_a_shell_it_is_a_folder_all_the_same(monkeypatch):
    monkeypatch.setattr("camera_estimation.commands.estimate.executors._passing_folder.SHELL", "/no/such/shell")
    folder = PassingFolder("passing-")
    assert folder.path.is_dir()
    folder.remove()
    assert not folder.path.exists()
