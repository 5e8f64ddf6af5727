from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from camera_estimation.errors import InputError
from camera_estimation.io import folder_lock
from camera_estimation.io._running import is_running, start_of
from camera_estimation.io.folder_lock import lock_folder

HOLD = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from camera_estimation.io.folder_lock import lock_folder\n"
    "with lock_folder(Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    time.sleep(60)\n"
)


@pytest.fixture
def holder(tmp_path):
    """Another process that has the lock of the folder."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.fixture
def without_locks(monkeypatch):
    """As on a file system that has none."""
    import fcntl

    def fail(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)


def leave_lock(folder, **changes):
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": "2026-01-01T00:00:00+00:00", "start": None}
    (folder / ".lock").write_text(json.dumps({**owner, **changes}))


def test_it_is_gone_afterwards(tmp_path):
    with lock_folder(tmp_path / "new") as was_killed:
        assert (tmp_path / "new" / ".lock").is_file()
        assert not was_killed
    assert list((tmp_path / "new").iterdir()) == []


def test_the_second_is_refused_and_told_who_has_it(tmp_path, holder):
    told = rf"another run writes there \(process {holder.pid} on {socket.gethostname()}, since 20"
    with pytest.raises(InputError, match=told), lock_folder(tmp_path):
        pass
    assert (tmp_path / ".lock").is_file()


def test_that_of_a_killed_process_is_taken_over(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / ".lock").is_file()
    with lock_folder(tmp_path) as was_killed:
        assert was_killed
    assert not (tmp_path / ".lock").exists()


def test_two_threads_of_one_process_are_kept_apart_too(tmp_path):
    with lock_folder(tmp_path), pytest.raises(InputError, match=f"process {os.getpid()} "), lock_folder(tmp_path):
        pass


@pytest.mark.usefixtures("without_locks")
@pytest.mark.parametrize(
    ("owner", "refused"),
    [
        ({"pid": 1, "start": None}, True),  # runs
        ({"pid": 1, "start": "another boot 7"}, False),  # the number is another process's now
        ({"pid": 2**22 + 1}, False),  # greater than any
        ({"host": "elsewhere"}, True),  # nobody can tell
        ({}, False),  # of this process, as in a container
    ],
)
def test_without_locks_what_the_file_says_counts(tmp_path, owner, refused):
    leave_lock(tmp_path, **owner)
    if refused:
        with pytest.raises(InputError, match="another run writes there"), lock_folder(tmp_path):
            pass
    else:
        with lock_folder(tmp_path) as was_killed:
            assert was_killed


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be written .*; choose another"), lock_folder(tmp_path / "file" / "x"):
        pass


def test_what_runs(monkeypatch):
    assert is_running(os.getpid())
    assert is_running(1)  # somebody else's
    assert not is_running(2**22 + 1)
    assert not is_running(0)
    if sys.platform == "linux":
        assert start_of(os.getpid()) == start_of(os.getpid()) != start_of(1)
    assert start_of(2**22 + 1) is None


def test_a_damaged_lock_says_nothing_of_its_process(tmp_path):
    (tmp_path / ".lock").write_text('{"pid": ')
    with lock_folder(tmp_path):
        assert json.loads((tmp_path / ".lock").read_text())["pid"] == os.getpid()
    assert folder_lock.LOCK_NAME == ".lock"


def test_the_lock_of_a_run_that_came_after_ours_was_deleted_stays(tmp_path):
    with lock_folder(tmp_path):
        (tmp_path / ".lock").unlink()  # by somebody who took the run for a dead one
        (tmp_path / ".lock").write_text("another's")
    assert (tmp_path / ".lock").read_text() == "another's"
