"""Work of the studio without a browser: a sequence, a run, and the command line that gives the same."""

from __future__ import annotations

import json
import math
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.studio_server import StudioServer, run_studio

pytestmark = pytest.mark.slow

FAST = {"presets": ["fast"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[StudioServer]:
    """Three frames of the packaged example."""
    from camera_estimation.batch import EXAMPLE_SAMPLE

    folder = tmp_path_factory.mktemp("frames")
    (folder / "spot.glb").write_bytes(EXAMPLE_SAMPLE.mesh_path.read_bytes())
    for number in range(3):
        (folder / f"spot_{number:02d}.png").write_bytes(EXAMPLE_SAMPLE.image_path.read_bytes())
    with run_studio(tmp_path_factory.mktemp("studio"), "--input_dir", str(folder)) as started:
        yield started


def sample(server: StudioServer, number: int) -> dict:
    return server.ask("GET", f"/api/samples/{number}").values


def pose(entry: dict) -> np.ndarray:
    return np.array(entry["world_to_camera"])


def angle_deg(first: dict, second: dict) -> float:
    trace = np.trace(pose(first)[:3, :3] @ pose(second)[:3, :3].T)
    return math.degrees(math.acos(np.clip((trace - 1) / 2, -1, 1)))


def test_frames_are_tracked_onwards_from_one(server):
    assert server.ask("GET", "/api/studio").values["sequences"] == [[1, 2, 3]]
    job = server.do("track", sample=1, settings=FAST)
    assert job["state"] == "failed"
    assert "estimate it first" in job["sentence"]
    assert server.do("estimate", sample=1, settings=FAST)["state"] == "done"
    first = sample(server, 1)["entry"]
    assert server.do("track", sample=1, settings=FAST)["state"] == "done"
    for number in (2, 3):
        entry = sample(server, number)["entry"]
        assert entry["start"] == "neighbour"
        assert angle_deg(entry, first) < 1
    assert "the last frame" in server.do("track", sample=3, settings=FAST)["sentence"]
    written = json.loads((server.output_dir / "run" / "poses.json").read_text())
    assert [entry["name"] for entry in written["poses"]] == ["spot_00", "spot_01", "spot_02"]


def test_the_command_line_gives_the_same(server, tmp_path):
    assert server.do("estimate", sample=1, settings={**FAST, "changes": {"search.viewpoints": 500}})["state"] == "done"
    entry = sample(server, 1)["entry"]
    told = server.ask("POST", "/api/samples/1/command", {"settings": {}}).values
    assert told["of_result"]
    assert "viewpoints = 500" in told["toml"]
    words = shlex.split(told["command"])
    assert words[0] == "camera-estimate"
    words[words.index("--output_dir") + 1] = str(tmp_path)
    subprocess.run([sys.executable, "-m", "camera_estimation.cli.estimate", *words[1:], "--quiet"], check=True)
    (same,) = json.loads((tmp_path / "poses.json").read_text())["poses"]
    np.testing.assert_allclose(pose(same), pose(entry), atol=1e-9)
    assert (same["fx"], same["loss"]) == (entry["fx"], entry["loss"])


def test_a_second_job_has_to_wait(server):
    assert server.ask("POST", "/api/jobs", {"kind": "estimate", "sample": 1, "settings": {}}).status == 200
    refused = server.ask("POST", "/api/jobs", {"kind": "estimate", "sample": 2, "settings": {}})
    assert refused.status == 409
    assert "one thing at a time" in refused.error
    assert server.ask("POST", "/api/jobs/stop").status == 200
    assert server.wait()["state"] in ("stopped", "done")


def test_a_mask_is_proposed_in_a_box(server):
    width, height = Image.open(Path(sample_image(server))).size
    box = [0.1 * width, 0.1 * height, 0.95 * width, 0.95 * height]
    assert server.ask("PUT", "/api/samples/1/box", {"box": box}).status == 200
    job = server.do("propose", sample=1, segmenter="grabcut")
    assert job["state"] == "done", job
    proposal = server.ask("GET", "/api/samples/1/proposal")
    assert proposal.headers["content-type"] == "image/png"
    assert server.ask("PUT", "/api/samples/1/box", {"box": None}).status == 200
    for wrong in ([1, 2, 3], [5, 0, 1, 9], "all", [0, 0, "a", 9]):
        assert server.ask("PUT", "/api/samples/1/box", {"box": wrong}).status == 400


def sample_image(server: StudioServer) -> str:
    return json.loads((server.output_dir / "run" / "spot_00" / "camera.json").read_text())["absolute_paths"]["image"]


def test_a_finished_run_is_opened(server, tmp_path):
    with run_studio(tmp_path, "--run", str(server.output_dir / "run")) as opened:
        studio = opened.ask("GET", "/api/studio").values
        assert [each["finished"] for each in studio["samples"]] == [True, True, True, False]
        assert sample(opened, 1)["entry"]["world_to_camera"] == sample(server, 1)["entry"]["world_to_camera"]
        job = opened.do("export", sample=1, format="csv", all=True)
        assert job["state"] == "done"
        text = opened.ask("GET", "/api/downloads/1").content.decode()
        assert len(text.strip().splitlines()) == 4


def test_wrong_inputs_end_with_a_line(tmp_path):
    command = [sys.executable, "-m", "camera_estimation.cli.studio", "--no_browser"]
    for flags, told in (
        (["--input_dir", str(tmp_path / "none")], "no such file or folder"),
        (["--run", str(tmp_path)], "poses.json"),
        (["--source_images_dir", str(tmp_path)], "give --input_dir too"),
        (["--device", "tpu"], "tpu"),
        (["--host", "203.0.113.9", "--port", "8123"], "cannot be listened at"),
    ):
        ended = subprocess.run(
            [*command, *flags, "--output_dir", str(tmp_path / "out")], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 2
        assert told in ended.stderr
        assert ended.stderr.count("\n") == 1
