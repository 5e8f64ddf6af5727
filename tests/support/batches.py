"""A run over several images of one mesh, and what is found of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset.pairing import Sample
from camera_estimation.mesh.gltf.writing import mesh_glb
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.results.pose_file import read_poses
from tests.support.orbits import QUICK, ball, orbiting_cameras, pictures

YAWS = [20.0, 130.0, 250.0]


def make_plan(folder: Path, copies: int = 1) -> EstimatePlan:
    """Images all around a ball, each as many times as there are to be copies."""
    mesh_path = folder / "ball.glb"
    mesh_path.write_bytes(mesh_glb(ball()))
    images = pictures(load_mesh(mesh_path), orbiting_cameras(YAWS)) * copies
    samples = []
    for number, image in enumerate(images):
        path = folder / f"frame_{number:02}.png"
        Image.fromarray(torch.cat([image.rgb, image.mask]).permute(1, 2, 0).numpy()).save(path)
        samples.append(Sample(path.stem, mesh_path, path))
    config = merge_settings(QUICK, {"pictures": "overlay", "search": {"cache": False}})
    return EstimatePlan(config=config, samples=samples, output_dir=folder / "out")


def run_batches(plan: EstimatePlan, count: int, **settings: Any) -> list[dict[str, Any]]:
    """The entries with ``count`` images in flight."""
    config = merge_settings(plan.config, {"batch": count, **settings})
    run = replace(plan, config=config, output_dir=plan.output_dir / str(count))
    assert run_samples(run).ok == len(plan.samples)
    return read_poses(run.output_dir)
