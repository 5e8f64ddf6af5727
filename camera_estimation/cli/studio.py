"""``camera-studio``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_studio

    start_studio()

from pathlib import Path
from typing import Any

import click

from camera_estimation.cli.grouped_command import GroupedCommand, option_group
from camera_estimation.cli.options import (
    LOCAL_PATH,
    OutputFolder,
    ground_truth_option,
    input_option,
    output_option,
    version_option,
)
from camera_estimation.errors import InputError

server_option, truth_option = option_group("Server"), option_group("Ground truth")
HELP = """Estimate, correct, compare and take away on a page in the browser.

The page is served by this machine and for it alone, and reads only the files that are named here and those that are
dropped on it. It needs the extra studio.

\b
  camera-studio
  camera-studio --input_dir meshes/ --source_images_dir images/
  camera-studio --run camera_estimates
"""


@click.command(cls=GroupedCommand, help=HELP)
@input_option("--input_dir", type=LOCAL_PATH, metavar="PATH", help="Folder of meshes, or one of them.")
@input_option(
    "--source_images_dir",
    type=LOCAL_PATH,
    metavar="PATH",
    help="Folder of images, or one of them, or a video. Default: beside the meshes.",
)
@input_option("--masks_dir", type=LOCAL_PATH, metavar="PATH", help="Folder of masks, or a COCO file.")
@input_option("--intrinsics", type=LOCAL_PATH, metavar="PATH", help="Cameras of the images, as for camera-estimate.")
@input_option("--run", type=LOCAL_PATH, metavar="RUN", help="A finished run: its folder or poses.json.")
@ground_truth_option(truth_option)
@output_option(
    "--output_dir",
    type=OutputFolder(),
    default=Path("camera_studio"),
    metavar="FOLDER",
    help="Where uploads, marks and results are kept. Default: camera_studio.",
)
@server_option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Where to listen. Default: this machine only; elsewhere the page's address has a token.",
)
@server_option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Default: the first that is free from 8020 on."
)
@server_option("--no_browser", is_flag=True, help="Do not open the page.")
@server_option("--device", default="auto", metavar="DEVICE", help="auto, cpu, cuda or cuda:N. Default: auto.")
@version_option("camera-studio")
def main(**flags: Any) -> None:
    from camera_estimation.configuration import check_device_name
    from camera_estimation.studio import missing_for_studio, serve_studio
    from camera_estimation.web import ServerAddress

    lacking = missing_for_studio()
    if lacking:
        raise InputError(lacking)
    if flags["source_images_dir"] is not None and flags["input_dir"] is None:
        raise click.UsageError("--source_images_dir has the images of meshes: give --input_dir too")
    check_device_name(flags["device"])
    from camera_estimation.studio.shelf import StudioOptions

    names = ("input_dir", "source_images_dir", "masks_dir", "intrinsics", "ground_truth", "run", "output_dir", "device")
    options = StudioOptions(**{name: flags[name] for name in names})
    address = ServerAddress(flags["host"], flags["port"])
    serve_studio(options, address, tell=lambda line: click.echo(line, err=True), opens_browser=not flags["no_browser"])
