"""What an ordinary run of ``camera-estimate`` does not load, and how the process ends."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from camera_estimation.cli.estimate import main
from camera_estimation.cli.options import threads_option
from camera_estimation.io import process

HASTY = """
[search]
viewpoints = 50
rolls = 8
candidates = 2
"""
# Each takes a tenth of a second or more, and is for what this run does not do.
NOT_LOADED = {
    *("scipy", "trimesh", "networkx", "matplotlib", "pandas", "sympy", "torchvision", "timm", "lpips", "openpyxl"),
    *("OpenEXR", "imageio", "av", "transformers", "rembg", "onnxruntime", "tensorboard", "pooch", "torch._dynamo"),
}


def python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def test_an_ordinary_run_loads_only_what_it_needs(tmp_path):
    (tmp_path / "hasty.toml").write_text(HASTY)
    code = (
        "import sys\n"
        "from camera_estimation.cli.estimate import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert ended.code == 0, ended.code\n"
        "print('loaded:', *sorted(set(sys.modules)))"
    )
    flags = ["--demo", "--config", str(tmp_path / "hasty.toml"), "--output_dir", str(tmp_path / "out"), "--quiet"]
    done = python(code, *flags, "--device", "cpu", "--threads", "1")
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "torch" in loaded
    assert loaded & NOT_LOADED == set()


PROGRAM = """
import atexit, sys, threading, time, weakref
from camera_estimation.cli import estimate
class Kept: pass
kept = Kept()
def invoke(context):
    weakref.finalize(kept, print, "finalized")
    atexit.register(print, "at the end")
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
    BODY
estimate.main.invoke = invoke
class Loud:
    def __del__(self): print("taken apart")
sys.loud = Loud()
estimate.main.run_as_program()
"""


@pytest.mark.parametrize(("body", "code"), [("return 3", 3), ("context.exit(1)", 1), ("return 0", 0)])
def test_a_program_ends_with_its_code_and_all_that_is_to_be_done_but_is_not_taken_apart(body, code):
    done = python(PROGRAM.replace("BODY", body))
    assert done.returncode == code, done.stderr
    assert set(done.stdout.splitlines()) == {"thread", "at the end", "finalized"}


def test_a_program_that_breaks_shows_its_traceback():
    done = python(PROGRAM.replace("BODY", "raise RuntimeError('broken')"))
    assert done.returncode == 1
    assert "RuntimeError: broken" in done.stderr


def test_the_installed_scripts_start_it_so():
    assert callable(main.run_as_program)


def test_threads_are_told_to_all_libraries(monkeypatch):
    monkeypatch.setenv(process.THREADS_VARIABLE, "5")
    for variable in (*process.OVERRULING_VARIABLES, process.FEWER_THREADS_VARIABLE):
        monkeypatch.setenv(variable, "1")
    command = click.command()(threads_option(click.option)(lambda: None))
    command.main(["--threads", "0"], standalone_mode=False)
    assert process.os.environ[process.THREADS_VARIABLE] == "5"
    command.main(["--threads", "3"], standalone_mode=False)
    assert process.os.environ[process.THREADS_VARIABLE] == "3"
    assert not set(process.OVERRULING_VARIABLES) & set(process.os.environ)
    assert not process.chooses_threads()


@pytest.mark.parametrize("variable", [process.THREADS_VARIABLE, *process.OVERRULING_VARIABLES])
def test_threads_reach_torch(variable, monkeypatch):
    monkeypatch.setenv(variable, "1")
    code = (
        "import sys\n"
        "from camera_estimation.cli import estimate\n"
        "def invoke(context):\n"
        "    import torch\n"
        "    print(torch.get_num_threads())\n"
        "estimate.main.invoke = invoke\n"
        "sys.argv = ['x', '--demo', '--threads', '3']\n"
        "estimate.main.run_as_program()"
    )
    assert python(code).stdout.strip() == "3"
