"""``camera-export``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_export

    start_export()

from typing import Any

import click

from camera_estimation.cli.grouped_command import GroupedCommand
from camera_estimation.cli.options import (
    LOCAL_PATH,
    OutputFolder,
    PluginName,
    input_option,
    output_option,
    version_option,
)
from camera_estimation.export import exporter_registry

HELP = """Write the cameras of camera-estimate as other programs read them.

\b
  camera-export out/ --format blender
  camera-export out/ --format colmap --format nerfstudio --output_dir cameras/
"""


@click.command(cls=GroupedCommand, help=HELP)
@click.argument("run", required=False, type=LOCAL_PATH)
@input_option(
    "--format",
    multiple=True,
    type=PluginName(exporter_registry),
    metavar="NAME",
    help=f"{', '.join(exporter_registry.names_at_hand())}; can be repeated.",
)
@input_option(
    "--option",
    multiple=True,
    metavar="FORMAT.KEY=VALUE",
    help="Option of a format, see --list_formats; can be repeated.",
)
@input_option("--list_formats", is_flag=True, help="Show the formats, their options and what each needs.")
@output_option(
    "--output_dir",
    type=OutputFolder(),
    metavar="FOLDER",
    help="Where files go, a folder a format. Default: the folder export of the run.",
)
@output_option("--quiet", is_flag=True, help="Only errors.")
@version_option("camera-export")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    from camera_estimation.commands.export import ExportRequest, list_formats, plan_export, run_export

    if flags["list_formats"]:
        click.echo(list_formats())
        return
    if flags["run"] is None or not flags["format"]:
        raise click.UsageError("give the output folder of a run and --format, see -h")
    request = ExportRequest(
        run=flags["run"],
        formats=flags["format"],
        options=flags["option"],
        output_dir=flags["output_dir"],
        quiet=flags["quiet"],
    )
    context.exit(run_export(plan_export(request)))
