"""What becomes of what a program prints once nobody reads it, by real descriptors."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from camera_estimation.io import standard_streams
from camera_estimation.io.standard_streams import find_write_error, survive_lost_readers

PROGRAM = """
import os, sys
from camera_estimation.io import find_write_error, survive_lost_readers
survive_lost_readers()
BODY
"""


def run(body, **options):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    command = [sys.executable, *streams.pop("flags", ()), "-c", PROGRAM.replace("BODY", body)]
    return subprocess.Popen(command, **streams)


@contextmanager
def piped_stdout(monkeypatch):
    """A pipe whose end to write to is stdout; it gives the end to read from. No fixture, as pytest sets stdout too."""
    reading, writing = os.pipe()
    own = io.TextIOWrapper(io.BufferedWriter(io.FileIO(writing, "w")), encoding="utf-8", line_buffering=True)
    with monkeypatch.context() as patch, own:
        patch.setattr(sys, "stdout", own)
        patch.setattr(sys, "stderr", io.StringIO())
        patch.setattr(standard_streams, "OUTPUT", writing)
        survive_lost_readers()
        yield reading


def test_what_is_read_arrives(monkeypatch):
    with piped_stdout(monkeypatch) as pipe:
        print("told \u00e4")
        assert os.read(pipe, 100) == "told \u00e4\n".encode()
        assert find_write_error(sys.stdout) is None
    os.close(pipe)


def test_what_nobody_reads_is_lost_without_an_error(monkeypatch):
    with piped_stdout(monkeypatch) as pipe:
        os.close(pipe)
        print("told")
        print("told again")
        assert find_write_error(sys.stdout).errno == errno.EPIPE
        assert os.write(sys.stdout.fileno(), b"of a library") == 12


def test_a_full_pipe_that_does_not_block_is_waited_for(monkeypatch):
    taken = []
    with piped_stdout(monkeypatch) as pipe:
        os.set_blocking(sys.stdout.fileno(), False)

        def read():
            while sum(taken) < 3_000_001:
                time.sleep(0.001)
                taken.append(len(os.read(pipe, 1 << 20)))

        thread = threading.Thread(target=read)
        thread.start()
        print("x" * 3_000_000)
        thread.join(60)
        assert find_write_error(sys.stdout) is None
    assert sum(taken) == 3_000_001
    os.close(pipe)


def test_a_full_disk_that_has_space_again_goes_on(monkeypatch):
    with piped_stdout(monkeypatch) as pipe:
        sys.stdout.buffer.raw._lose(OSError(errno.ENOSPC, "No space left on device"))
        print("told")
        assert os.read(pipe, 100) == b"told\n"
    os.close(pipe)


def test_streams_of_those_who_embed_it_are_kept(monkeypatch):
    mine = io.StringIO()
    monkeypatch.setattr(sys, "stdout", mine)
    monkeypatch.setattr(sys, "stderr", mine)
    survive_lost_readers()
    assert sys.stdout is mine
    assert find_write_error(mine) is None


@pytest.mark.parametrize("flags", [(), ("-u",)])
def test_a_reader_that_leaves_ends_no_program(flags):
    body = "import time\nfor number in range(300): print(number); print(number, file=sys.stderr); time.sleep(0.001)\n"
    body += "sys.exit(7)"
    process = run(body, flags=flags)
    process.stdout.readline()
    process.stdout.close()
    process.stderr.close()
    assert process.wait(100) == 7


def test_files_do_not_get_the_descriptors_of_closed_streams(tmp_path):
    def close():
        for descriptor in (0, 1, 2):
            os.close(descriptor)

    path = tmp_path / "file"
    body = f"file = open({str(path)!r}, 'w')\nprint('told'); print('told', file=sys.stderr)\n"
    body += "os.write(1, b'told'); os.write(2, b'told')\n"
    body += "file.write(f'{file.fileno()} {find_write_error(sys.stdout).errno}')"
    process = run(body, stdout=None, stderr=None, preexec_fn=close)
    assert process.wait(100) == 0
    number, code = map(int, path.read_text().split())
    assert (number > 2, code) == (True, errno.EBADF)
