"""One sample from its files to its files, as camera-estimate does it, for the benchmark of stages."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.stage_times.clock import LOAD_IMAGE, LOAD_MESH, SET_UP, WRITE, StageClock
from camera_estimation.batch import SampleInputs, SampleRequest, check_runnable, find_inputs
from camera_estimation.configuration import Configuration, load_preset
from camera_estimation.dataset import Sample, load_sample_image
from camera_estimation.estimation import CameraEstimator
from camera_estimation.mesh import load_mesh
from camera_estimation.results import pose_entry, sample_folder, write_sample


@dataclass(frozen=True)
class Work:
    """A sample and the configuration that it is estimated under.

    Attributes:
        folder: That its files are written to; None: none are.
    """

    sample: Sample
    inputs: SampleInputs
    config: Configuration
    folder: Path | None

    def prepare(self, clock: StageClock) -> CameraEstimator:
        """The mesh, read, and all that is made of it before the first image."""
        with clock.stage(LOAD_MESH):
            mesh = load_mesh(self.sample.mesh_path)
        with clock.stage(SET_UP):
            return CameraEstimator(mesh, self.config)

    def estimate(self, estimator: CameraEstimator, clock: StageClock) -> None:
        """From the image's file to the files of its camera."""
        with clock.stage(LOAD_IMAGE):
            loaded = load_sample_image(self.sample, self.inputs.images, self.inputs.intrinsics, self.config)
        estimate = estimator.estimate(loaded.image, intrinsics=loaded.intrinsics)
        if self.folder is None:
            return
        with clock.stage(WRITE):
            entry = pose_entry(self.sample, estimate, estimator.mesh)
            image = estimate.apply_mask(loaded.source)
            write_sample(sample_folder(self.folder, self.sample.name), entry, estimate, image, estimator.renderer)


def find_work(preset: str, device: str, request: SampleRequest, folder: Path | None) -> list[Work]:
    """What is to be estimated under a preset; the column ``model`` of a list of pairs names generators' presets.

    Raises:
        InputError: There are no such samples, or there is no such preset.
    """
    config = replace(load_preset(preset), device=device)
    check_runnable(config)
    inputs = find_inputs(replace(request, config=config), regions=False)
    models = _models_of(request.pairs, inputs.samples)
    return [
        Work(sample, inputs, load_preset(f"models/{model}", config) if model else config, folder)
        for sample, model in zip(inputs.samples, models, strict=True)
    ]


def _models_of(pairs: Path | None, samples: Sequence[Sample]) -> list[str]:
    if pairs is None:
        return [""] * len(samples)
    with pairs.open(encoding="utf-8-sig", newline="") as file:
        models = {
            ((pairs.parent / row["mesh"]).resolve(), (pairs.parent / row["image"]).resolve()): row.get("model") or ""
            for row in csv.DictReader(file)
        }
    return [models.get((sample.mesh_path.resolve(), sample.image_path.resolve()), "") for sample in samples]
