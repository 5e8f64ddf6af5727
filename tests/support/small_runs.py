"""Runs of three small samples whose estimates take no time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset.pairing import Sample
from camera_estimation.results.pose_file import read_poses
from tests.support.small_samples import write_box, write_disc

SMALL_CONFIG = merge_settings(Configuration(), {"device": "cpu", "pictures": "none"})


def small_samples_in(folder: Path) -> list[Sample]:
    """Two images of one mesh, then one of another."""
    meshes = [write_box(folder / name) for name in ("a.glb", "a.glb", "b.glb")]
    images = [write_disc(folder / f"{name}.png") for name in ("a_1", "a_2", "b")]
    return [Sample(image.stem, mesh, image) for mesh, image in zip(meshes, images, strict=True)]


def small_plan_in(folder: Path, samples: list[Sample]) -> EstimatePlan:
    return EstimatePlan(config=SMALL_CONFIG, samples=samples, output_dir=folder / "out")


def statuses_of(plan: EstimatePlan) -> dict[str, str]:
    return {entry["name"]: entry["status"] for entry in read_poses(plan.output_dir)}


def pictured_plan_in(folder: Path, samples: Sequence[Sample]) -> EstimatePlan:
    """Of samples, with all pictures, into the folder out."""
    command_line = ("camera-estimate", "--input_dir", "in")
    config = merge_settings(SMALL_CONFIG, {"pictures": "all"})
    return EstimatePlan(config=config, samples=samples, output_dir=folder / "out", command_line=command_line)


def forget_inputs(plan: EstimatePlan) -> None:
    """Have poses.json as earlier versions wrote it."""
    path = plan.output_dir / "poses.json"
    tree = json.loads(path.read_text())
    for entry in tree["poses"]:
        del entry["inputs"]
    path.write_text(json.dumps(tree))


def read_run_record(plan: EstimatePlan) -> dict[str, Any]:
    """What run.json says."""
    return json.loads((plan.output_dir / "run.json").read_text())
