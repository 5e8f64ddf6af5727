"""``camera-merge``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_merge

    start_merge()

from pathlib import Path
from typing import Any

import click

from camera_estimation.cli.grouped_command import GroupedCommand
from camera_estimation.cli.options import LOCAL_PATH, OutputFolder, export_option, output_option, version_option

HELP = """Put the shards of a run together: poses, failures, report and files of samples as one run has them.

\b
  camera-merge out/                              # the folders shard_I_of_N in out/
  camera-merge a/shard_1_of_2 b/shard_2_of_2 --output_dir out/
"""


@click.command(cls=GroupedCommand, help=HELP)
@click.argument("folders", nargs=-1, type=LOCAL_PATH, metavar="FOLDER ...")
@output_option(
    "--output_dir",
    type=OutputFolder(),
    metavar="FOLDER",
    help="Where the run is written. Default: the folder that has the shards, if only that is named.",
)
@export_option
@output_option("--quiet", is_flag=True, help="Only errors.")
@version_option("camera-merge")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    folders: tuple[Path, ...] = flags["folders"]
    output_dir: Path | None = flags["output_dir"]
    if not folders:
        raise click.UsageError("give the output folder of the shards, or the folders of all shards, see -h")
    if output_dir is None and len(folders) > 1:
        raise click.UsageError("--output_dir says where the run of several folders is written")
    from camera_estimation.commands.estimate import MergeRequest, merge_shards

    request = MergeRequest(
        output_dir or folders[0],
        folders if output_dir else (),
        flags["export"],
        flags["quiet"],
    )
    context.exit(merge_shards(request))
