"""``camera-estimate``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args

import click

from camera_estimation import __version__
from camera_estimation.batch import watch_load
from camera_estimation.cli.contradictions import (
    check_focal_flags,
    check_initialization_flags,
    check_input_flags,
    check_mask_flags,
    check_picture_flags,
    check_ray_flags,
    check_retry_flags,
    check_shard_flags,
)
from camera_estimation.cli.execution_options import EXECUTION_SETTINGS, execution_options
from camera_estimation.cli.grouped_command import option_group
from camera_estimation.cli.output_folder import OutputFolder
from camera_estimation.cli.plugin_name import PluginName
from camera_estimation.cli.settings import (
    build_configuration,
    estimation_settings,
    loss_options,
    only_objective_remark,
    sample_request,
)
from camera_estimation.cli.shared_options import (
    FOLDER_OR_FILE,
    camera_options,
    choice_of,
    evidence_option,
    evidence_options,
    input_file_options,
    input_option,
    output_option,
    overwrite_option,
    picture_options,
    require_finite,
    sample_options,
    search_option,
    search_options,
    verbosity_options,
    version_option,
)
from camera_estimation.cli.word_lists import WordListCommand, split_words
from camera_estimation.configuration import DEFAULT_LOSS, JointFocal, MaskUse, TrackingMethod
from camera_estimation.export import ALL_KINDS, MAP_FORMATS, MAP_KINDS, exporter_registry

objective_option, sequence_option = option_group("Objective"), option_group("Several images")
RECORD_EVERY = 10  # iterations from one picture of a record to the next
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
@sequence_option(
    "--sequence",
    is_flag=True,
    help="Images of one mesh are consecutive frames in the order of their numbers: each starts from its neighbour.",
)
@sequence_option(
    "--tracking_method",
    **choice_of(get_args(TrackingMethod)),
    help="Of frames of a sequence or video: contour follows them at the rate of a video, refine estimates each. "
    "Default: auto, that is refine those that have a mask.",
)
@sequence_option(
    "--joint",
    is_flag=True,
    help="Images of one mesh are estimated together: its bends, and a focal length that is not known, are the same.",
)
@sequence_option(
    "--joint_focal",
    **choice_of(get_args(JointFocal)),
    help="own: with --joint, every image has a focal length of its own. Default: shared by images of one size.",
)
@sequence_option(
    "--init",
    type=FOLDER_OR_FILE,
    metavar="poses.json",
    help="Start from the poses of an earlier run, or of a file of that form or of another program (nerfstudio, OpenCV "
    "and others), and search only where they do not fit.",
)
@sequence_option(
    "--resume_from",
    type=FOLDER_OR_FILE,
    metavar="RUN",
    help="Go on from the poses of a run (its folder or poses.json) with these settings, without a search.",
)
@sequence_option(
    "--random_init",
    type=click.IntRange(min=1),
    metavar="N",
    help="Start from N random poses instead of the search, and tell which of them the objective leads to the answer.",
)
@sequence_option(
    "--smooth",
    type=click.FloatRange(min=0, min_open=True),
    callback=require_finite,
    metavar="FRAMES",
    help="Write poses_smoothed.json too: over this many frames (standard deviation). Default: no smoothing.",
)
@objective_option("--loss_type", metavar="NAME", help=f"Objective that decides and refines. Default: {DEFAULT_LOSS}.")
@objective_option(
    "--loss_file",
    type=FOLDER_OR_FILE,
    metavar="FILE.py",
    help="Python file with objectives of your own; if it has one only, that is the --loss_type.",
)
@objective_option(
    "--loss_option",
    multiple=True,
    metavar="KEY=VALUE",
    help="Option of the objective, such as net=alex or boundary.weight=0.2; can be repeated.",
)
@objective_option("--list_losses", is_flag=True, help="Show the objectives and what each needs.")
@objective_option("--benchmark", is_flag=True, help="With --list_losses: measure how long each takes here.")
@objective_option(
    "--fetch_weights", multiple=True, metavar="NAME ...", help="Download the weights of objectives, then stop."
)
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
@output_option(
    "--export",
    multiple=True,
    type=PluginName(exporter_registry),
    metavar="FORMAT",
    help="Write the cameras for another program too, as camera-export does, into the folder export; can be repeated.",
)
@output_option(
    "--maps",
    multiple=True,
    callback=split_words,
    metavar="KIND ...",
    help=f"Write maps of every pixel into the folder maps of each sample: {', '.join(MAP_KINDS)} or {ALL_KINDS}.",
)
@output_option("--maps_format", **choice_of(MAP_FORMATS), help=f"Of --maps. Default: {MAP_FORMATS[0]}.")
@verbosity_options("Times of all stages, and tracebacks.")
@version_option
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    if flags["names"] and not flags["fetch_weights"]:
        raise click.UsageError(f"unexpected argument {flags['names'][0]}: inputs are named by flags, see -h")
    if flags["version"]:
        click.echo(f"camera-estimate {__version__}")
    elif flags["list_losses"]:
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


def _list_losses(flags: dict[str, Any]) -> str:
    from camera_estimation.commands.losses import list_losses

    settings = {"loss": _loss_settings(flags), "device": flags["device"]}
    return list_losses(build_configuration(flags["model"], flags["config"], settings), flags["benchmark"])


def _fetch_weights(names: list[str], progress: bool) -> None:
    from camera_estimation.weights import fetch

    fetched = fetch(names, progress=progress)
    click.echo("\n".join(f"fetched {path}" for path in fetched) or "nothing to fetch: all weights are here")


def _estimate(flags: dict[str, Any]) -> int:
    check_input_flags(flags)
    check_focal_flags(flags)
    check_picture_flags(flags)
    check_retry_flags(flags)
    check_shard_flags(flags)
    settings = {**estimation_settings(flags), "mask": flags["mask"], "loss": _loss_settings(flags)}
    settings["batch"] = flags["batch"]
    settings["execution"] = {name: flags[name] for name in EXECUTION_SETTINGS}
    settings["joint"] = {"focal": flags["joint_focal"]}
    settings["tracking"] = {"method": flags["tracking_method"]}
    settings["evidence"]["matches"] = flags["matches"]
    config = build_configuration(flags["model"], flags["config"], settings)
    check_mask_flags(flags, config)
    check_ray_flags(flags, config)
    refined = config.tracking.method == "refine"
    check_initialization_flags(flags, unmasked=config.mask == "none", refined=refined)
    objective_remark = only_objective_remark(config, flags["loss_type"])
    watch_load()
    from camera_estimation.commands.estimate import EstimateRequest, parse_shard, plan_estimate, run_estimate

    request = EstimateRequest(
        **sample_request(flags),
        config=config,
        preset="_".join(Path(preset).stem for preset in flags["config"]) or None,
        boxes=flags["boxes"],
        points=flags["points"],
        init=flags["init"],
        resume_from=flags["resume_from"],
        random_init=flags["random_init"],
        sequence=flags["sequence"],
        joint=flags["joint"],
        smooth=flags["smooth"],
        min_confidence=flags["min_confidence"],
        exports=flags["export"],
        maps=flags["maps"],
        maps_format=flags["maps_format"],
        output_dir=flags["output_dir"],
        retry_failed=flags["retry_failed"],
        json_lines=flags["json"],
        shard=parse_shard(flags["shard"]) if flags["shard"] else None,
        record_every=(flags["record_every"] or RECORD_EVERY) if flags["record"] else None,
        command_line=("camera-estimate", *sys.argv[1:]),
        remarks=[objective_remark] if objective_remark else [],
    )
    return run_estimate(plan_estimate(request))


def _loss_settings(flags: dict[str, Any]) -> dict[str, Any]:
    file = flags["loss_file"]
    return {
        "name": flags["loss_type"],
        "file": None if file is None else str(file),
        "options": loss_options(flags["loss_option"]),
    }


if __name__ == "__main__":
    main.run_as_program()
