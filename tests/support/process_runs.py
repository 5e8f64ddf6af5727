"""Runs as processes of their own over small samples: waiting for them, and what they leave."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from camera_estimation.results.pose_file import read_poses
from tests.support.small_samples import write_box, write_disc

Found = TypeVar("Found")

MOST_SECONDS = 200  # that a process may take on a busy machine
WIDTH = 40  # of the first picture; each has another


def write_samples(folder: Path, count: int) -> Path:
    """``count`` meshes and images s0, s1, ... below the folder."""
    for number in range(count):
        write_box(folder / "meshes" / f"s{number}.glb")
        write_disc(folder / "images" / f"s{number}.png", width=WIDTH + number)
    return folder


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a process, which has no traceback."""
    out, err = process.communicate(timeout=MOST_SECONDS)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def wait_for(condition: Callable[[], Found]) -> Found:
    """What a condition says once that is true."""
    end = time.monotonic() + MOST_SECONDS
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def timeless(folder: Path) -> list[dict[str, Any]]:
    """The entries of an output folder, but for how long they took."""
    return [{**entry, "seconds": None} for entry in read_poses(folder)]


def recorded(folder: Path) -> set[str]:
    """Names of the samples that a run into the folder out has finished so far."""
    journal = folder / "out" / "poses.jsonl"
    lines = journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []
    names = {entry["name"] for entry in read_poses(folder / "out")} if (folder / "out/poses.json").exists() else set()
    return names | {json.loads(line)["name"] for line in lines}
