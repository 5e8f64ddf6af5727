"""Estimates of samples with known cameras, timed, in processes of their own so that peaks of memory are apart."""

from __future__ import annotations

import math
import multiprocessing
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.estimates.samples import Sample
from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError
from camera_estimation.estimation import CameraEstimator
from camera_estimation.geometry import Camera, rotmat_geodesic_distance
from camera_estimation.images import load_source_image
from camera_estimation.mesh import TexturedMesh, load_mesh

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """One image to estimate under one configuration."""

    config: Configuration
    sample: Sample


def run_side_by_side(jobs: Mapping[str, Sequence[Job]]) -> dict[str, tuple[Rows, float | None]]:
    """The rows of each contender's jobs and its peak memory in GiB, where it is known.

    Each contender has a process of its own, warmed up with its first job. They take turns image by image, so that a
    change in the machine's load meets all of them.
    """
    spawned = multiprocessing.get_context("spawn")
    rows: dict[str, Rows] = {name: [] for name in jobs}
    with ExitStack() as stack:
        workers = {name: stack.enter_context(ProcessPoolExecutor(1, mp_context=spawned)) for name in jobs}
        for name, own in jobs.items():
            workers[name].submit(estimate_sample, own[0]).result()
        for turn in zip(*(own for own in jobs.values()), strict=True):
            for name, job in zip(jobs, turn, strict=True):
                row = workers[name].submit(estimate_sample, job).result()
                rows[name].append(row)
                print(f"{name}, {row['image']}: {row['seconds']:.1f} s", flush=True)
        return {name: (rows[name], workers[name].submit(peak_memory).result()) for name in jobs}


def estimate_sample(job: Job) -> dict[str, Any]:
    """Seconds of each stage and errors of one sample, from the files to the camera; nothing is kept for the next."""
    sample = job.sample
    row: dict[str, Any] = {"mesh": sample.mesh.name, "image": sample.image.name, "error": None}
    start, start_cpu = time.perf_counter(), time.process_time()
    try:
        image, mesh = load_source_image(sample.image), load_mesh(sample.mesh)
        loaded = time.perf_counter()
        estimator = CameraEstimator(mesh, job.config)
        set_up = time.perf_counter()
        estimate = estimator.estimate(image, intrinsics=sample.intrinsics)
    except InputError as error:
        return {**row, "error": str(error), "seconds": time.perf_counter() - start}
    row |= {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - start_cpu}
    row |= {"faces": len(mesh.faces), "load": loaded - start, "set_up": set_up - loaded, **estimate.seconds}
    return row | pose_errors(estimate.camera, torch.tensor(sample.world_to_camera, dtype=torch.float64), mesh)


def pose_errors(camera: Camera, pose: torch.Tensor, mesh: TexturedMesh) -> dict[str, float]:
    """Angle, and displacement of the mesh's centre in camera axes in percent of the mesh's diameter."""
    angle = rotmat_geodesic_distance(camera.rotation[0].double(), pose[:3, :3])
    found = camera.rotation[0].double() @ mesh.center + camera.translation[0].double()
    displacement = (found - pose[:3, :3] @ mesh.center - pose[:3, 3]).norm()
    return {
        "rotation_error_deg": math.degrees(angle.item()),
        "translation_error_percent": 100 * displacement.item() / (2 * mesh.radius),
    }


def peak_memory() -> float | None:
    """GiB of this process since its start; None on systems that do not tell."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
