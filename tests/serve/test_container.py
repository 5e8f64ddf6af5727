"""The container: what its file says is true of the package, and it is built where there is Docker."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path

import pytest

from camera_estimation.configuration import tomllib

ROOT = Path(__file__).parents[2]
BUILD_SECONDS, START_SECONDS = 3600, 180
TOKEN = "a-token-of-some-length"
INDEX_ARGUMENTS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "TORCH_INDEX_URL")


def instructions() -> list[tuple[str, str]]:
    """Of the Dockerfile: each instruction with all of its words."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in lines if line.strip()]


def all_of(name: str) -> list[str]:
    return [words for kind, words in instructions() if kind == name]


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
    (wanted,) = re.findall(r'"\.\[([\w,]+)\]"', "\n".join(all_of("RUN")))
    assert "serve" in wanted.split(",")
    assert {*wanted.split(",")} <= {*project["optional-dependencies"]}


def test_commands_and_their_flags_exist(project):
    (started,) = map(json.loads, all_of("ENTRYPOINT"))
    demo = next(words for words in all_of("RUN") if "--demo" in words).split("&&")[0].split()
    for command in (started, demo, [started[0], *json.loads(all_of("CMD")[0])]):
        module, _, name = project["scripts"][command[0]].partition(":")
        flags = {word for word in command if word.startswith("--")}
        known = {flag for option in getattr(import_module(module), name.split(".")[0]).params for flag in option.opts}
        assert flags <= known


def test_the_port_is_the_same_everywhere():
    from camera_estimation.serve.options import FIRST_PORT

    (started,), (exposed,), (health,) = map(json.loads, all_of("ENTRYPOINT")), all_of("EXPOSE"), all_of("HEALTHCHECK")
    assert exposed == str(FIRST_PORT) == started[started.index("--port") + 1]
    assert f"http://127.0.0.1:{FIRST_PORT}/healthz" in health


def test_nobody_is_root_and_no_index_is_named():
    names = [kind for kind, _ in instructions()]
    assert all_of("USER") == ["camera"]
    assert names.index("USER") < names.index("ENTRYPOINT")
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert {*re.findall(r"https?://[^/'\s]+", text)} == {"http://127.0.0.1:8030"}
    for argument in INDEX_ARGUMENTS:
        assert argument in all_of("ARG")  # without a value


def test_the_last_target_is_for_processors():
    targets = [words.rpartition(" AS ")[2] for words in all_of("FROM")]
    assert targets == ["builder", "runtime", "cuda", "cpu"]


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """Built; skipped where there is no Docker that can be used."""
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    if subprocess.run(["docker", "info"], capture_output=True).returncode != 0:
        pytest.skip("no Docker daemon can be reached")
    arguments = [f"--build-arg={name}={os.environ[name]}" for name in INDEX_ARGUMENTS if os.environ.get(name)]
    name = f"camera-serve-test:{os.getpid()}"
    subprocess.run(
        ["docker", "build", "--target", "cpu", "-t", name, *arguments, str(ROOT)], check=True, timeout=BUILD_SECONDS
    )
    yield name
    subprocess.run(["docker", "image", "rm", "--force", name], check=False)


@pytest.mark.slow
def test_it_is_built_and_answers(image):
    run = ["docker", "run", "--rm", "--detach", "--publish", "127.0.0.1::8030", "--env", f"CAMERA_SERVE_TOKEN={TOKEN}"]
    container = subprocess.run([*run, image], check=True, capture_output=True, text=True).stdout.strip()
    try:
        published = subprocess.run(["docker", "port", container, "8030"], check=True, capture_output=True, text=True)
        address = f"http://{published.stdout.split()[0]}"
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{address}/readyz") as answer:
                    assert answer.status == 200
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(1)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{address}/metrics")
        who = subprocess.run(["docker", "exec", container, "id", "-u"], check=True, capture_output=True, text=True)
        assert who.stdout.strip() == "10001"
    finally:
        subprocess.run(["docker", "stop", container], check=False)
