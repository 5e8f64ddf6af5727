"""Commands as processes, and signals that come whenever they like."""

from __future__ import annotations

import importlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from camera_estimation import _start
from camera_estimation.configuration import tomllib

ROOT = Path(__file__).parents[1]
COMMANDS = ("estimate", "evaluate", "compare", "masks", "export", "merge", "studio", "insert", "serve")
MOST_SECONDS = 200  # that a process may take on a busy machine
# As pip's scripts; the line tells that Python itself has started, whose own modules show tracebacks.
PROGRAM = """
import sys
from camera_estimation._start import end_at_signals, start_{0}
end_at_signals()
print("started", flush=True)
sys.argv[0] = "camera-{0}"
if __name__ == "__main__":
    sys.exit(start_{0}())
"""


def listen_to_signals():
    """Shells let what runs in the background ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def start(command, *flags, code=None):
    arguments = [sys.executable, *(["-c", PROGRAM.format(command)] if code is None else code), *flags]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(arguments, cwd=ROOT, preexec_fn=listen_to_signals, **streams)


def interrupt(process, seconds, number):
    """Exit code and stderr of a process that gets a signal a while after it has started."""
    assert process.stdout.readline() == "started\n"
    time.sleep(seconds)
    process.send_signal(number)
    _, err = process.communicate(timeout=MOST_SECONDS)
    return process.returncode, err


def test_every_installed_command_starts_here():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {f"camera-{name}": f"camera_estimation._start:start_{name}" for name in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_it_starts_is_the_command_of_that_name(command, monkeypatch):
    module = importlib.import_module(f"camera_estimation.cli.{command}")
    called = []
    monkeypatch.setattr(_start, "end_at_signals", lambda: called.append("signals"))
    monkeypatch.setattr(module.main, "run_as_program", lambda: called.append(command), raising=False)
    getattr(_start, f"start_{command}")()
    assert called == ["signals", command]


def test_little_is_loaded_before_signals_are_caught():
    code = "import sys; import camera_estimation._start; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert {"lazy_loader", "click", "ast", "inspect"} & set(done.stdout.split()) == set()


@pytest.mark.parametrize("command", ["estimate", "evaluate"])
def test_modules_start_it_too(command):
    process = start(command, "--version", code=["-m", f"camera_estimation.cli.{command}"])
    out, err = process.communicate(timeout=MOST_SECONDS)
    assert (process.returncode, out.split()[0], err) == (0, f"camera-{command}", "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_while_modules_are_loaded_a_signal_ends_it_in_one_line(number, code):
    ended, err = interrupt(start("estimate", "-h"), 0.0, number)
    assert ended in (0, code)
    if ended:
        assert err.strip() in ("interrupted", "interrupted; files that were written are whole")


def test_a_signal_that_the_caller_has_it_ignore_stays_ignored():
    code = PROGRAM.format("estimate").replace("end_at_signals()", "end_at_signals(); signal.raise_signal(2)", 1)
    ignoring = ["-c", "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + code]
    process = start("estimate", "--version", code=ignoring)
    assert process.communicate(timeout=MOST_SECONDS)[0].startswith("started\ncamera-estimate")
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_any_time_shows_no_traceback(number, code, tmp_path):
    chance = random.Random(number)
    flags = ["--demo", "--config", "fast", "--device", "cpu", "--pictures", "none"]
    for attempt in range(10):
        seconds = chance.uniform(0, 2)
        process = start("estimate", *flags, "--output_dir", str(tmp_path / f"{attempt}"))
        ended, err = interrupt(process, seconds, number)
        assert ended in (0, code), (seconds, err)
        assert "Traceback" not in err, (seconds, err)
        assert "Exception ignored" not in err, (seconds, err)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_shows_a_traceback(command):
    chance = random.Random(command)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        seconds = chance.uniform(0, 0.4)
        ended, err = interrupt(start(command, "-h"), seconds, number)
        assert ended in (0, 128 + number), (seconds, err)
        assert "Traceback" not in err, (seconds, err)


def test_an_interrupted_command_ends_though_a_thread_does_not():
    """Python waits at its end for threads, as those of libraries."""
    code = """
import threading
import click
from camera_estimation.cli import interruption
from camera_estimation.cli.grouped_command import GroupedCommand

@click.command(cls=GroupedCommand)
def command():
    interruption.LEAVE_SECONDS = 0.5
    threading.Thread(target=threading.Event().wait).start()
    raise KeyboardInterrupt

command.run_as_program()
"""
    process = start("estimate", code=["-c", code])
    _, err = process.communicate(timeout=MOST_SECONDS)
    assert (process.returncode, err.strip()) == (130, "interrupted; files that were written are whole")
