"""The container: what its file says is true of the package."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from importlib import import_module

import pytest

from camera_estimation.configuration import tomllib
from tests.support.containers import INDEX_ARGUMENTS, ROOT


def instructions() -> list[tuple[str, str]]:
    """Of the Dockerfile: each instruction with all of its words."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in lines if line.strip()]


def all_of(name: str) -> list[str]:
    return [words for kind, words in instructions() if kind == name]


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def is_ignored(path: str) -> bool:
    """By the last pattern of .dockerignore that says anything of it."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#") and fnmatch(path, pattern.lstrip("!").removeprefix("**/")):
            ignored = not pattern.startswith("!")
    return ignored


def test_all_that_is_copied_is_here_and_not_ignored():
    sources = [source for words in all_of("COPY") if "--from" not in words for source in words.split()[:-1]]
    assert "camera_estimation" in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert not is_ignored(source), source
    assert is_ignored("tests")
    assert is_ignored(".git")


def test_what_the_wheel_is_made_of_is_copied(project):
    copied = " ".join(all_of("COPY"))
    for file in (project["readme"], "pyproject.toml", project["license-files"][0]):
        assert file in copied


def test_extras_exist(project):
    (wanted,) = re.findall(r"list_requirements\.py ([\w ]+) >", "\n".join(all_of("RUN")))
    assert "serve" in wanted.split()
    assert {*wanted.split()} <= {*project["optional-dependencies"]}


def test_an_edit_of_the_code_installs_no_library_anew():
    """What pip gets from an index lies in layers below all that is copied, but for the list of requirements."""
    copied: list[str] = []
    fetched = 0
    for kind, words in instructions():
        if kind == "FROM":
            copied = []
        elif kind == "COPY":
            copied += words.split()[:-1]
        elif kind == "RUN" and re.search(r"\bpip (install|wheel)\b", words) and "--no-index" not in words:
            fetched += 1
            assert copied in ([], ["--from=requirements", "/project/requirements.txt"]), words
    assert fetched == 3  # torch, the requirements, and what builds the package
    stages = [words.split()[0] for words in all_of("COPY") if words.startswith("--from=")]
    assert stages == ["--from=requirements", "--from=libraries", "--from=package"]


def test_what_builds_the_package_is_there(text):
    required = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    (installed,) = re.findall(r"^RUN pip install --no-cache-dir (.+)$", text, re.MULTILINE)
    assert installed.split() == required


def test_commands_and_their_flags_exist(project):
    (started,) = map(json.loads, all_of("ENTRYPOINT"))
    demo = next(words for words in all_of("RUN") if "--demo" in words).split("&&")[0].split()
    for command in (started, demo, [started[0], *json.loads(all_of("CMD")[0])]):
        name = project["scripts"][command[0]].partition(":start_")[2]
        flags = {word for word in command if word.startswith("--")}
        known = {flag for option in import_module(f"camera_estimation.cli.{name}").main.params for flag in option.opts}
        assert flags <= known


def test_the_port_is_the_same_everywhere():
    from camera_estimation.serve.options import FIRST_PORT

    (started,), (exposed,), (health,) = map(json.loads, all_of("ENTRYPOINT")), all_of("EXPOSE"), all_of("HEALTHCHECK")
    assert exposed == str(FIRST_PORT) == started[started.index("--port") + 1]
    assert f"http://127.0.0.1:{FIRST_PORT}/healthz" in health


def test_nobody_is_root_and_no_index_is_named(text):
    names = [kind for kind, _ in instructions()]
    assert all_of("USER") == ["camera"]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert {*re.findall(r"https?://[^/'\s]+", text)} == {"http://127.0.0.1:8030"}
    for argument in INDEX_ARGUMENTS:
        assert argument in all_of("ARG")  # without a value


def test_the_last_target_is_for_processors():
    targets = [words.rpartition(" AS ")[2] for words in all_of("FROM")]
    assert targets == ["requirements", "libraries", "package", "runtime", "cuda", "cpu"]
