"""The container where Docker or Podman is: built, confined as the guide says, asked and stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from camera_estimation.batch.example import EXAMPLE_FOLDER
from tests.support.containers import CONFINED, INDEX_ARGUMENTS, Container, Image, build_image, run_container
from tests.support.serving import Client

pytestmark = pytest.mark.slow
MOST_DEGREES, STOP_SECONDS = 1.0, 60
USER = "10001"
JOB_RUNS = b"camera_serve_running 1.0"


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    built = build_image("cpu")
    yield built
    built.command("image", "rm", "--force", built.name)


@pytest.fixture(scope="module")
def container(image) -> Iterator[Container]:
    with run_container(image) as running:
        yield running


@pytest.fixture(scope="module")
def form() -> dict[str, tuple[str, bytes]]:
    """The packaged example."""
    return {
        field: (name, (EXAMPLE_FOLDER / name).read_bytes())
        for field, name in {"mesh": "spot.glb", "picture": "spot.png"}.items()
    }


def test_nothing_is_left_of_its_making(image):
    places = "/project /tmp /home/camera/.cache /var/cache/camera-estimation/views"
    assert not image.run("-c", f"find {places} -mindepth 1 2>/dev/null; true", entrypoint="sh")
    (settings,) = json.loads(image.output("image", "inspect", image.name))
    told = json.dumps(settings["Config"]) + image.output("history", "--no-trunc", image.name)
    assert not [name for name in INDEX_ARGUMENTS if name in told]


def test_nobody_is_root_and_the_root_is_not_written_to(container):
    assert container.execute("id", "-u").stdout.strip() == USER
    assert container.execute("touch", "/home/camera/file").returncode != 0
    assert container.execute("touch", "/var/cache/camera-estimation/file").returncode == 0


def test_its_health_check_succeeds(container):
    kind, *command = json.loads(container.told("{{json .Config.Healthcheck.Test}}"))
    assert kind == "CMD"
    assert container.execute(*command).returncode == 0


def test_it_finds_the_pose(container, form):
    assert Client(container.client.port).ask("GET", "/metrics").status == 401
    answer = container.client.post("/estimates", form)
    assert answer.status == 200, answer.content
    found, true = (
        np.array(pose["world_to_camera"])
        for pose in (answer.values["pose"], json.loads((EXAMPLE_FOLDER / "expected_camera.json").read_text()))
    )
    cosine = (np.trace(found[:3, :3] @ true[:3, :3].T) - 1) / 2
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))) < MOST_DEGREES


def test_it_is_stopped_in_order(image, form):
    """What runs is answered; nothing has to be killed."""
    with run_container(image) as running, ThreadPoolExecutor(1) as others:
        waiting = others.submit(running.client.post, "/estimates", form)
        running.client.wait_until("/metrics", lambda answer: JOB_RUNS in answer.content)
        begin = time.monotonic()
        assert running.stop(STOP_SECONDS) == 0
        assert time.monotonic() - begin < STOP_SECONDS
        assert waiting.result().status == 200


def test_what_cannot_be_is_a_line(image):
    for flags, line in ((("--device", "cuda"), "device cuda: "), (("--nothing",), "No such option")):
        ended = image.command("run", "--rm", *CONFINED, image.name, *flags)
        assert ended.returncode == 2
        assert f"Error: {line}" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_folder_of_another_user_is_a_line(image, tmp_path):
    (tmp_path / "cache").mkdir(mode=0o755)
    place = f"{tmp_path / 'cache'}:/var/cache/camera-estimation"
    ended = image.command("run", "--rm", *CONFINED, "--volume", place, image.name)
    assert ended.returncode == 2
    assert "cannot be written" in ended.stderr
