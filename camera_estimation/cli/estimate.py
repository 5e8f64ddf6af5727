"""``camera-estimate``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_estimate

    start_estimate()

from pathlib import Path
from typing import Any, get_args

import click

from camera_estimation.batch import watch_load
from camera_estimation.cli.estimate_request import check_estimate_flags, estimate_request, loss_settings
from camera_estimation.cli.options import (
    FOLDER_OR_FILE,
    OutputFolder,
    camera_options,
    choice_of,
    evidence_option,
    evidence_options,
    execution_options,
    export_option,
    input_file_options,
    input_option,
    objective_options,
    output_option,
    overwrite_option,
    picture_options,
    require_finite,
    sample_options,
    search_option,
    search_options,
    sequence_options,
    verbosity_options,
    version_option,
)
from camera_estimation.cli.settings import build_configuration
from camera_estimation.cli.word_lists import WordListCommand, split_words
from camera_estimation.configuration import MaskUse
from camera_estimation.export import ALL_KINDS, MAP_FORMATS, MAP_KINDS

HELP = """Recover the cameras that took pictures of known objects.

Meshes are GLB files; an image belongs to the mesh of its name. Every flag can be written with dashes as well.

\b
  camera-estimate --input_dir meshes/ --source_images_dir images/ --output_dir out/
  camera-estimate --demo --output_dir out/
"""


class EstimateCommand(WordListCommand):
    word_lists = ("--maps",)


@click.command(cls=EstimateCommand, help=HELP)
@click.argument("names", nargs=-1, metavar="")
@input_file_options
@input_option(
    "--mask",
    **choice_of(get_args(MaskUse)),
    help="none: align by image alone and estimate the mask, whatever masks there are. Default: auto, that is only "
    "where there is no mask.",
)
@input_option(
    "--boxes",
    type=FOLDER_OR_FILE,
    metavar="FILE.json|csv",
    help="Rough boxes of objects in images without a mask: image name to left, top, right, bottom in pixels. Default: "
    "the whole image.",
)
@input_option(
    "--points",
    type=FOLDER_OR_FILE,
    metavar="FILE.json|csv",
    help="Points on objects in images without a mask, one click each: image name to x, y in pixels.",
)
@evidence_options
@evidence_option(
    "--matches",
    metavar="alike",
    help="Match the render of each answer with the image, and refine once more with the matches as keypoints; needs "
    "weights. Default: no matches.",
)
@sample_options
@camera_options
@sequence_options
@objective_options
@search_options
@search_option(
    "--batch",
    type=click.IntRange(min=1),
    metavar="N",
    help="Images in flight at once, which keep a large GPU busy; fewer where memory is short. Default: 1.",
)
@execution_options
@output_option(
    "--output_dir",
    type=OutputFolder(),
    default=Path("camera_estimates"),
    metavar="FOLDER",
    help="Where results go. Default: camera_estimates.",
)
@picture_options
@overwrite_option("Estimate finished samples again instead of skipping them.")
@output_option("--retry_failed", is_flag=True, help="Estimate those samples alone that failed in an earlier run.")
@output_option(
    "--json",
    is_flag=True,
    help="Write a line of JSON for each sample that ends to stdout, as in poses.json, and all else to stderr.",
)
@output_option(
    "--min_confidence",
    type=click.FloatRange(0, 1),
    callback=require_finite,
    metavar="P",
    help="List the images whose confidence is less, with the reason, and end with exit code 1; results are written.",
)
@output_option(
    "--record",
    is_flag=True,
    help="Keep every iteration: tables, TensorBoard logs and a video of each sample, in a new folder for the run.",
)
@output_option(
    "--record_every",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --record: pictures in the logs of every Nth iteration. Default: 10.",
)
@export_option
@output_option(
    "--maps",
    multiple=True,
    callback=split_words,
    metavar="KIND ...",
    help=f"Write maps of every pixel into the folder maps of each sample: {', '.join(MAP_KINDS)} or {ALL_KINDS}.",
)
@output_option("--maps_format", **choice_of(MAP_FORMATS), help=f"Of --maps. Default: {MAP_FORMATS[0]}.")
@verbosity_options("Times of all stages, and tracebacks.")
@version_option("camera-estimate")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    if flags["names"] and not flags["fetch_weights"]:
        raise click.UsageError(f"unexpected argument {flags['names'][0]}: inputs are named by flags, see -h")
    if flags["list_losses"]:
        click.echo(_list_losses(flags))
    elif flags["benchmark"]:
        raise click.UsageError("--benchmark measures what --list_losses lists: give both")
    elif flags["record_every"] and not flags["record"]:
        raise click.UsageError("--record_every says how often --record keeps pictures: give both")
    elif flags["maps_format"] and not flags["maps"]:
        raise click.UsageError("--maps_format is of the files that --maps writes: give both")
    elif flags["fetch_weights"]:
        _fetch_weights([*flags["fetch_weights"], *flags["names"]], progress=not flags["quiet"])
    else:
        context.exit(_estimate(flags))


def _estimate(flags: dict[str, Any]) -> int:
    config = check_estimate_flags(flags)
    watch_load()
    from camera_estimation.commands.estimate import plan_estimate, run_estimate

    return run_estimate(plan_estimate(estimate_request(flags, config)))


def _list_losses(flags: dict[str, Any]) -> str:
    from camera_estimation.commands.losses import list_losses

    settings = {"loss": loss_settings(flags), "device": flags["device"]}
    return list_losses(build_configuration(flags["model"], flags["config"], settings), flags["benchmark"])


def _fetch_weights(names: list[str], progress: bool) -> None:
    from camera_estimation.weights import fetch

    fetched = fetch(names, progress=progress)
    click.echo("\n".join(f"fetched {path}" for path in fetched) or "nothing to fetch: all weights are here")
