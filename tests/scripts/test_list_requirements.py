"""The list of requirements is that of an installation with the same extras."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from camera_estimation.configuration import tomllib

SCRIPT = Path(__file__).parents[2] / "scripts" / "list_requirements.py"
PROJECT = {
    "name": "thing",
    "dependencies": ["a>=1", "b; python_version < '3.11'"],
    "optional-dependencies": {"one": ["c[x]>=2"], "two": ["d"], "all": ["thing[one, two]", "e"]},
}


@pytest.fixture(scope="module")
def listing():
    spec = importlib.util.spec_from_file_location("list_requirements", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*extras: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *extras], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("extras", "added"),
    [([], []), (["one"], ["c[x]>=2"]), (["two", "one"], ["d", "c[x]>=2"]), (["all"], ["c[x]>=2", "d", "e"])],
)
def test_extras_are_added_also_those_that_extras_name(listing, extras, added):
    assert listing.list_requirements(PROJECT, extras) == [*PROJECT["dependencies"], *added]


def test_the_list_has_each_requirement_once():
    project = tomllib.loads((SCRIPT.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = run("serve", "studio").stdout.splitlines()
    extras = project["optional-dependencies"]
    assert lines == list(dict.fromkeys([*project["dependencies"], *extras["serve"], *extras["studio"]]))
    assert len(lines) == len({*lines})


def test_an_extra_that_there_is_not_is_a_line():
    done = run("nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pyproject.toml: has no extra 'nothing'; it has docs, ")
