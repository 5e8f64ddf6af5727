"""Pictures of samples that were estimated with fewer of them, drawn from what poses.json and the inputs tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from camera_estimation.batch import settings_differ
from camera_estimation.commands.estimate._worker import SampleWorker
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.dataset import Sample
from camera_estimation.errors import error_line
from camera_estimation.export import BEND_NAME

GIVEN = "given"  # of masks in poses.json: the image's own


def reason_against_drawing(sample: Sample, entry: dict[str, Any], plan: EstimatePlan) -> str | None:
    """Why the pictures of a finished sample show what only its estimate knew; None: they can be drawn."""
    if settings_differ(sample, plan.config, plan.images, plan.output_dir):
        return "it was estimated with other settings"
    if entry.get("mask") != GIVEN:
        return "its mask was found with the pose"
    if plan.images.checksums(sample.image_path) or plan.config.evidence.matches:
        return "they show its evidence too"
    return None


def draw_lacking(worker: SampleWorker, samples: Sequence[Sample], entries: Mapping[str, dict[str, Any]]) -> int:
    """Draw and write the pictures of finished samples; one that fails keeps its pose, and is told.

    Args:
        worker: Loads samples.
        samples: Those whose pictures are lacking.
        entries: What poses.json says of them, by name.

    Returns:
        How many failed.
    """
    failed = 0
    for sample in samples:
        worker.progress.start(sample.name)
        try:
            _draw_from_pose(worker, sample, entries[sample.name])
        except Exception as error:  # one sample's trouble must not cost the others
            worker.progress.say(f"FAILED pictures of {sample.name}: {error_line(error)}")
            failed += 1
    return failed


def _draw_from_pose(worker: SampleWorker, sample: Sample, entry: dict[str, Any]) -> None:
    from camera_estimation.mesh import read_bend
    from camera_estimation.results import camera_of, draw_bent, draw_camera, lens_of, sample_folder, write_pictures

    folder, config = sample_folder(worker.plan.output_dir, sample.name), worker.plan.config
    loaded = worker.load(sample)
    bend = read_bend(folder / BEND_NAME) if (folder / BEND_NAME).is_file() else None
    worker.progress.stage("drawing", None)
    image, renderer = replace(loaded.source, other_masks=()), loaded.estimator.renderer
    drawn = draw_camera(camera_of(entry), lens_of(entry), image, renderer, config.pictures)
    if bend is not None:
        drawn = draw_bent(drawn, camera_of(entry), lens_of(entry), renderer, bend, config.renderer)
    worker.report.add(entry, write_pictures(folder, drawn, entry))
    worker.report.add_mesh(entry, loaded.estimator)
