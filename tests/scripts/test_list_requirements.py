"""The list of requirements is that of an installation with the same extras."""

from __future__ import annotations

import subprocess
import sys

import pytest

from camera_estimation.configuration import tomllib
from tests.support.script_files import SCRIPTS, load_script

SCRIPT = SCRIPTS / "list_requirements.py"
PROJECT = {
    "name": "thing",
    "dependencies": ["a>=1", "b; python_version < '3.11'"],
    "optional-dependencies": {"one": ["c[x]>=2"], "two": ["d"], "all": ["thing[one, two]", "e"]},
}


@pytest.fixture(scope="module")
def listing():
    return load_script("list_requirements")


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
