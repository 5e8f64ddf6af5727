from __future__ import annotations

import os
import threading
import time

import pytest

from camera_estimation.errors import InputError
from camera_estimation.io._pipe import read_pipe
from camera_estimation.io.limits import read_content

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes have paths")


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def write_later(path, content):
    def write():
        time.sleep(0.05)
        with path.open("wb") as stream:
            stream.write(content[:5])
            stream.flush()
            time.sleep(0.05)
            stream.write(content[5:])

    threading.Thread(target=write).start()


def test_all_that_comes_is_read(pipe):
    content = os.urandom(300_000)
    write_later(pipe, content)
    assert read_pipe(pipe, 10**6) == content


def test_a_pipe_into_which_nobody_writes_is_given_up(pipe):
    with pytest.raises(InputError, match="pipe: is a pipe into which nobody writes; give the path of a file"):
        read_pipe(pipe, 10**6, patience=0.1)


def test_tables_may_come_through_pipes_and_other_files_not(pipe):
    write_later(pipe, b"mesh,image\n")
    assert read_content(pipe, "table_megabytes") == b"mesh,image\n"
    with pytest.raises(InputError, match="is no file but a device or a pipe"):
        read_content(pipe)
