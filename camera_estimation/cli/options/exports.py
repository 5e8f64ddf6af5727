"""The option of exports, beside which a command does something else."""

from __future__ import annotations

from camera_estimation.cli.options.plugin_name import PluginName
from camera_estimation.cli.options.sections import output_option
from camera_estimation.export import exporter_registry

export_option = output_option(
    "--export",
    multiple=True,
    type=PluginName(exporter_registry),
    metavar="FORMAT",
    help="Write the cameras for another program too, as camera-export does, into the folder export; can be repeated.",
)
