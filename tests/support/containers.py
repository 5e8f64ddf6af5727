"""The Dockerfile's image: built, and run by whatever program for containers is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.serving import Client

ROOT = Path(__file__).parents[2]
BUILD_SECONDS, START_SECONDS = 3600, 180
TOKEN = "a-token-of-some-length"
INDEX_ARGUMENTS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "TORCH_INDEX_URL")
# As in docs/guide/serving.md, for a server that may write into its volume and nowhere else.
CONFINED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "all", "--security-opt", "no-new-privileges")
# The format of Docker is Podman's for images with a health check.
BUILDING_FLAGS = {"docker": (), "podman": ("--format", "docker")}


@dataclass(frozen=True)
class Image:
    """An image, and the program that has it."""

    engine: str
    name: str

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.engine, *words], capture_output=True, text=True)

    def output(self, *words: str) -> str:
        """Of a command that has to succeed."""
        done = self.command(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, *words: str, entrypoint: str) -> str:
        """What another program of the image says."""
        return self.output("run", "--rm", "--entrypoint", entrypoint, self.name, *words)


@dataclass(frozen=True)
class Container:
    """A server that runs in a container, and can estimate."""

    image: Image
    id: str
    client: Client

    def execute(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.image.command("exec", self.id, *words)

    def told(self, template: str) -> str:
        """What the engine knows of the container."""
        return self.image.output("inspect", "--format", template, self.id)

    def stop(self, seconds: int) -> int:
        """The exit code after SIGTERM, and SIGKILL after some time."""
        self.image.output("stop", "-t", str(seconds), self.id)
        return int(self.told("{{.State.ExitCode}}"))


def find_engine() -> str:
    """Docker, else Podman; skips where neither can be used."""
    for engine in BUILDING_FLAGS:
        if shutil.which(engine) and subprocess.run([engine, "info"], capture_output=True).returncode == 0:
            return engine
    pytest.skip("neither Docker (with its daemon) nor Podman can be used")


def require_base(engine: str) -> None:
    """Skips where the image that the Dockerfile begins with is not there and cannot be had."""
    version = re.search(r"^ARG PYTHON=(\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    base = f"python:{version[1]}-slim"
    for command in (("image", "inspect", base), ("pull", base)):
        if subprocess.run([engine, *command], capture_output=True).returncode == 0:
            return
    pytest.skip(f"{engine} has no {base} and no registry to pull it from")


def build_image(target: str) -> Image:
    """From indices that the environment names, as for pip."""
    engine = find_engine()
    require_base(engine)
    image = Image(engine, f"localhost/camera-serve-test:{target}-{os.getpid()}")
    arguments = [f"--build-arg={name}={os.environ[name]}" for name in INDEX_ARGUMENTS if os.environ.get(name)]
    command = [engine, "build", *BUILDING_FLAGS[engine], "--target", target, "-t", image.name, *arguments, str(ROOT)]
    subprocess.run(command, check=True, timeout=BUILD_SECONDS)
    return image


@contextmanager
def run_container(image: Image, *flags: str, options: tuple[str, ...] = CONFINED) -> Iterator[Container]:
    """Flags are those of camera-serve, options those of the engine."""
    told = ("--publish", "127.0.0.1::8030", "--env", f"CAMERA_SERVE_TOKEN={TOKEN}")
    name = image.output("run", "--detach", *told, *options, image.name, *flags).splitlines()[-1]
    try:
        port = int(image.output("port", name, "8030").split()[0].rpartition(":")[2])
        container = Container(image, name, Client(port, TOKEN))
        wait_until_ready(container)
        yield container
    finally:
        image.command("rm", "--force", "--volumes", name)


def wait_until_ready(container: Container) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert container.told("{{.State.Running}}") == "true", container.image.command("logs", container.id).stderr
        try:
            if container.client.ask("GET", "/readyz").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"it does not start: {container.image.command('logs', container.id).stderr}")
