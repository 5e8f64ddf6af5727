"""The maps of a run's samples, each in the folder of its sample."""

from __future__ import annotations

import click

from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.errors import InputError
from camera_estimation.export import Exporter
from camera_estimation.results import MAPS_FOLDER, read_posed_images, read_poses, sample_folder


def write_maps(plan: EstimatePlan, exporter: Exporter) -> bool:
    """Write the maps of every finished sample; one that cannot be written is told, and the others are written.

    Args:
        plan: Of a run that is through.
        exporter: Of the maps.

    Returns:
        Whether some could not be written.
    """
    wanted = {sample.name for sample in plan.samples}
    if not any(entry["status"] == "ok" and entry["name"] in wanted for entry in read_poses(plan.output_dir)):
        return False
    written = failed = 0
    for image in read_posed_images(plan.output_dir):
        if image.name not in wanted:
            continue
        try:
            exporter.write([image], sample_folder(plan.output_dir, image.name) / MAPS_FOLDER)
            written += 1
        except InputError as error:
            failed += 1
            click.echo(f"FAILED maps of {image.name}: {error}", err=True)
    if written and not plan.quiet:
        click.echo(f"maps: of {written} {'sample' if written == 1 else 'samples'}, in the folder {MAPS_FOLDER} of each")
    return failed > 0
