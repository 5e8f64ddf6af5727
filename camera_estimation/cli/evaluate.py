"""``camera-evaluate``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_evaluate

    start_evaluate()

from pathlib import Path
from typing import Any

import click

from camera_estimation.cli.grouped_command import GroupedCommand, option_group
from camera_estimation.cli.options import (
    FOLDER_OR_FILE,
    LOCAL_PATH,
    OutputFolder,
    ground_truth_option,
    input_option,
    output_option,
    version_option,
)

symmetry_option = option_group("Symmetric objects")
HELP = """Compare the cameras of camera-estimate with the true ones.

Several --poses are shown side by side, with confidence intervals and the differences from the first.

\b
  camera-evaluate --poses out/ --ground_truth truth/
  camera-evaluate --poses out_a/ --poses out_b/ --ground_truth pairs.csv --explain
"""


@click.command(cls=GroupedCommand, help=HELP)
@input_option(
    "--poses",
    type=LOCAL_PATH,
    multiple=True,
    metavar="PATH",
    help="A poses.json or the folder with it; may be given several times.",
)
@ground_truth_option(input_option)
@input_option(
    "--meshes",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Where the meshes are now, if not where the poses name them.",
)
@input_option(
    "--label", multiple=True, metavar="NAME", help="Name of a run, one for each --poses. Default: its folder."
)
@symmetry_option(
    "--symmetries",
    type=FOLDER_OR_FILE,
    metavar="FILE.json",
    help="Symmetries of meshes, also as BOP's models_info.json.",
)
@symmetry_option("--find_symmetries", is_flag=True, help="Find those of the other meshes by rendering.")
@output_option(
    "--output_dir",
    type=OutputFolder(),
    metavar="FOLDER",
    help="Where tables and the figure go. Default: evaluation beside the first poses.",
)
@output_option(
    "--explain",
    is_flag=False,
    flag_value="failures",
    type=click.Choice(["failures", "all"]),
    metavar="[all]",
    help="Show stage by stage why samples failed; all: of all samples.",
)
@version_option("camera-evaluate")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    for name in ("poses", "ground_truth"):
        if not flags[name]:
            raise click.UsageError(f"give --{name}, see -h")
    from camera_estimation.commands.evaluate import EvaluateRequest, plan_evaluate, run_evaluate

    request = EvaluateRequest(
        poses=flags["poses"],
        ground_truth=flags["ground_truth"],
        labels=flags["label"],
        meshes=flags["meshes"],
        symmetries=flags["symmetries"],
        find_symmetries=flags["find_symmetries"],
        explain=flags["explain"],
        output_dir=flags["output_dir"],
    )
    context.exit(run_evaluate(plan_evaluate(request)))
