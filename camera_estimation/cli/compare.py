"""``camera-compare``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_compare

    start_compare()

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from camera_estimation.batch import watch_load
from camera_estimation.cli.contradictions import check_focal_flags, check_input_flags, check_picture_flags
from camera_estimation.cli.grouped_command import option_group
from camera_estimation.cli.options import (
    FOLDER_OR_FILE,
    LOCAL_PATH,
    OutputFolder,
    camera_options,
    choice_of,
    evidence_options,
    ground_truth_option,
    input_file_options,
    output_option,
    overwrite_option,
    picture_options,
    sample_options,
    search_options,
    verbosity_options,
    version_option,
)
from camera_estimation.cli.settings import build_configuration, estimation_settings, loss_options, sample_request
from camera_estimation.cli.word_lists import WordListCommand, split_words
from camera_estimation.errors import InputError

objective_option, truth_option = option_group("Objectives"), option_group("Ground truth")
HELP = """Compare objectives on the same images: the search is done once, then each objective decides.

Without --loss_types all objectives that can run here are compared. An objective that fails costs no other its result.

\b
  camera-compare --input_dir meshes/ --source_images_dir images/ --loss_types l1l2 ssim mask_only
  camera-compare --pairs pairs.csv --ground_truth pairs.csv --intrinsics intrinsics.json
  camera-compare --demo --loss_types l1l2 --ablate l1,l2,boundary
"""


class CompareCommand(WordListCommand):
    word_lists = ("--loss_types", "--ablate")


@click.command(cls=CompareCommand, help=HELP)
@input_file_options
@evidence_options
@sample_options
@camera_options
@objective_option(
    "--loss_types",
    multiple=True,
    callback=split_words,
    metavar="NAME ...",
    help="The objectives. Default: all that can run here.",
)
@objective_option("--loss_file", type=LOCAL_PATH, metavar="FILE.py", help="Python file with objectives of your own.")
@objective_option(
    "--loss_option",
    multiple=True,
    metavar="KEY=VALUE",
    help="Option of all objectives that have it, such as net=alex; can be repeated.",
)
@objective_option(
    "--ablate",
    multiple=True,
    callback=split_words,
    metavar="TERM,...",
    help="Instead: one objective with these terms switched off, each and, up to three, in all combinations.",
)
@objective_option(
    "--from",
    "start",
    **choice_of(("search", "near", "far")),
    help="Where objectives start, and refine alone: from the search's candidates, or from the default's answer turned "
    "by 10 or 30 degrees. Default: all from that answer.",
)
@ground_truth_option(truth_option)
@truth_option(
    "--symmetries", type=FOLDER_OR_FILE, metavar="FILE.json", help="Symmetries of meshes, as for camera-evaluate."
)
@search_options
@output_option(
    "--output_base_dir",
    type=OutputFolder(),
    default=Path("experiments"),
    metavar="FOLDER",
    help="Where results go, a folder for each objective. Default: experiments.",
)
@picture_options
@overwrite_option("Estimate finished samples again instead of skipping them.")
@verbosity_options("Times of all stages, and tracebacks.")
@version_option("camera-compare")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    context.exit(_compare(flags))


def _compare(flags: dict[str, Any]) -> int:
    options = loss_options(flags["loss_option"])
    check_input_flags(flags)
    check_focal_flags(flags)
    check_picture_flags(flags)
    config = build_configuration(flags["model"], flags["config"], estimation_settings(flags))
    if config.mask == "none":
        raise InputError('camera-compare needs the objects\' masks: leave mask = "none" out of --config')
    if config.evidence.matches:
        raise InputError("camera-compare compares answers without matches: leave evidence.matches out of --config")
    if flags["loss_file"] is not None:  # whose objectives are all compared, so that none has to be named
        config = replace(config, loss=replace(config.loss, file=str(flags["loss_file"])))
    watch_load()
    from camera_estimation.commands.compare import CompareRequest, plan_compare, run_compare

    request = CompareRequest(
        **sample_request(flags),
        config=config,
        loss_types=flags["loss_types"],
        loss_options=options,
        ablate=flags["ablate"],
        **({"start": flags["start"]} if flags["start"] else {}),
        ground_truth=flags["ground_truth"],
        symmetries=flags["symmetries"],
        output_base_dir=flags["output_base_dir"],
        command_line=("camera-compare", *sys.argv[1:]),
    )
    return run_compare(plan_compare(request))
