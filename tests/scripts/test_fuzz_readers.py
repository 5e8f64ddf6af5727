"""The script that breaks files, over readers that are wrong in known ways."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from camera_estimation.errors import InputError
from tests.support.reader_seeds import Seed
from tests.support.script_files import SCRIPTS, load_script
from tests.support.stubbed_estimate import ROOT

child_module, guided = load_script("fuzzing.child"), load_script("fuzzing.guided")
ENGINES = ["chance", pytest.param("atheris", marks=pytest.mark.skipif(not find_spec("atheris"), reason="no atheris"))]
INPUTS = 40


@pytest.fixture
def tell_of(tmp_path, monkeypatch, capfd):
    """What the process says of a reader's answer to a broken file."""
    for name in ("limit_memory", "use_limits"):  # of the tests' own process
        monkeypatch.setattr(child_module, name, lambda limit: None)

    def tell(error: BaseException) -> list[str]:
        def read(path):
            if path.read_bytes() != b"sound":
                raise error

        seed = Seed("thing", "thing.txt", b"sound", read, {"beside.txt": b"other"})
        child_module.Child(tmp_path, [seed], 0).try_input(seed, b"broken")
        return capfd.readouterr().out.splitlines()

    return tell


def test_one_clear_line_is_no_finding(tell_of, tmp_path):
    (line,) = tell_of(InputError("thing.txt is broken"))
    assert line.startswith("done thing ")
    assert not (tmp_path / "error").exists()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("not a number"), "thing: ValueError not a number in read:"),
        (KeyboardInterrupt(), "thing: KeyboardInterrupt"),
    ],
)
def test_any_other_error_is_a_finding_and_its_input_is_kept(tell_of, tmp_path, error, told):
    first, last = tell_of(error)
    assert first.startswith(f"error {told}")
    assert last.startswith("done thing ")
    assert (tmp_path / "error" / "thing.txt").read_bytes() == b"broken"
    assert (tmp_path / "error" / "beside.txt").read_bytes() == b"other"


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_broken_tables_are_read_by_each_engine(engine, tmp_path):
    """By a process of the script, which goes on until it is ended; atheris keeps what reaches new lines."""
    place = tmp_path / "child"
    place.mkdir()
    command = [sys.executable, str(SCRIPTS / "fuzz_readers.py"), "--child", str(place), "--engine", engine]
    with subprocess.Popen(
        [*command, "--kinds", "csv,toml"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=(tmp_path / "stderr").open("wb"),
        text=True,
    ) as process:
        said = [process.stdout.readline().strip().split(maxsplit=1) for _ in range(INPUTS)]
        process.kill()
    assert said[0] == ["ready"], (tmp_path / "stderr").read_text()
    assert {word for word, _ in said[1:]} == {"done"}
    assert {rest.split()[0] for _, rest in said[1:]} == {"csv", "toml"}
    if engine == "atheris":
        kept = [path.read_bytes() for path in (tmp_path / "corpus").iterdir() if not path.name.startswith("seed_")]
        assert all(len(data) >= guided.HEAD for data in kept)


def test_a_process_that_cannot_start_ends_the_script_with_its_reason(tmp_path):
    """Its memory does not suffice for the libraries."""
    command = [
        sys.executable,
        str(SCRIPTS / "fuzz_readers.py"),
        "--minutes",
        "9",
        "--findings",
        str(tmp_path / "found"),
    ]
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text('raise ImportError("this PIL is broken")')
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(
        [*command, "--engine", "chance"], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "this PIL is broken" in ended.stderr
    assert ended.stderr.endswith("the readers could not be started\n")
    assert list((tmp_path / "found").iterdir()) == []
