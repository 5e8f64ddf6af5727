"""``camera-estimate``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import click

from camera_estimation import __version__
from camera_estimation.cli.grouped_command import GroupedCommand, grouped
from camera_estimation.configuration import DEFAULT_LOSS, RENDERERS, SEARCH_METHODS, preset_names

input_option, camera_option, objective_option = grouped("Input"), grouped("Camera"), grouped("Objective")
sequence_option = grouped("Sequences")
search_option, output_option, information_option = (
    grouped("Search and device"),
    grouped("Output"),
    grouped("Information"),
)
MODELS = preset_names("models")
FOLDER_OR_FILE = click.Path(path_type=Path)
HELP = """Recover the cameras that took pictures of known objects.

Meshes are GLB files; an image belongs to the mesh of its name. Every flag can be written with dashes as well.

\b
  camera-estimate --input_dir meshes/ --source_images_dir images/ --output_dir out/
  camera-estimate --demo --output_dir out/
"""


def _finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("is not a number", context, option)
    return value


@click.command(
    cls=GroupedCommand, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.argument("names", nargs=-1, metavar="")
@input_option("--input_dir", type=FOLDER_OR_FILE, metavar="PATH", help="Folder of .glb files, or one of them.")
@input_option(
    "--source_images_dir",
    type=FOLDER_OR_FILE,
    metavar="PATH",
    help="Folder of images, or one of them. Default: beside the meshes.",
)
@input_option(
    "--pairs",
    type=FOLDER_OR_FILE,
    metavar="FILE.csv",
    help="Columns mesh and image, relative to the file; instead of --input_dir.",
)
@input_option(
    "--masks_dir",
    type=FOLDER_OR_FILE,
    metavar="PATH",
    help="Folder of masks: NAME.png for each image, white is object.",
)
@input_option("--max_samples", type=click.IntRange(min=1), metavar="N", help="Only the first N samples. Default: all.")
@input_option("--demo", is_flag=True, help="The packaged example; nothing to download.")
@camera_option(
    "--model",
    type=click.Choice(MODELS, case_sensitive=False),
    metavar="NAME",
    help=f"Generator of the meshes, whose usual view is tried first: {', '.join(MODELS)}.",
)
@camera_option(
    "--intrinsics",
    type=FOLDER_OR_FILE,
    metavar="FILE.json",
    help="Image name to fx, fy, cx, cy in pixels of that image.",
)
@camera_option(
    "--fov_deg",
    type=click.FloatRange(0.5, 170),
    callback=_finite,
    metavar="DEGREES",
    help="Vertical field of view of images without intrinsics. Default: 40.",
)
@camera_option("--optimize_fov", is_flag=True, default=None, help="Estimate the focal length too.")
@camera_option(
    "--roll",
    type=click.Choice(["free", "upright"]),
    metavar="free|upright",
    help="upright: the mesh's up axis is vertical in the image. Default: free.",
)
@camera_option(
    "--mesh_quality",
    type=click.Choice(["auto", "exact", "generated"]),
    metavar="auto|exact|generated",
    help="generated: a mesh from a generator, whose bends are found with the pose. Default: auto, where none fits.",
)
@camera_option(
    "--occlusion",
    type=click.Choice(["auto", "on", "off"]),
    metavar="auto|on|off",
    help="on: something may hide a part of the object. Default: auto, where the mask shows it.",
)
@camera_option(
    "--lighting",
    type=click.Choice(["none", "gain", "sh"]),
    metavar="none|gain|sh",
    help="Light in the image that the texture does not have; sh: spherical harmonics. Default: gain.",
)
@sequence_option(
    "--sequence",
    is_flag=True,
    help="Images of one mesh are consecutive frames in the order of their numbers: each starts from its neighbour.",
)
@sequence_option(
    "--init",
    type=FOLDER_OR_FILE,
    metavar="poses.json",
    help="Start from the poses of an earlier run, or a file of that form, and search only where they do not fit.",
)
@sequence_option(
    "--smooth",
    type=click.FloatRange(min=0, min_open=True),
    callback=_finite,
    metavar="FRAMES",
    help="Write poses_smoothed.json too: over this many frames (standard deviation). Default: no smoothing.",
)
@objective_option("--loss_type", metavar="NAME", help=f"Objective that decides and refines. Default: {DEFAULT_LOSS}.")
@objective_option("--list_losses", is_flag=True, help="Show the objectives and what each needs.")
@objective_option(
    "--fetch_weights", multiple=True, metavar="NAME ...", help="Download the weights of objectives, then stop."
)
@search_option(
    "--config", metavar="PRESET|FILE.toml", help=f"Settings: {', '.join(preset_names())} or a file. Flags override it."
)
@search_option(
    "--search",
    type=click.Choice(SEARCH_METHODS),
    metavar="|".join(SEARCH_METHODS),
    help="pso and cma evaluate the objective itself, thousands of times. Default: viewpoints.",
)
@search_option(
    "--renderer",
    type=click.Choice(RENDERERS),
    metavar="|".join(RENDERERS),
    help=f"What draws; pytorch3d is slow and an extra to install. Default: {RENDERERS[0]}.",
)
@search_option("--device", metavar="DEVICE", help="auto, cpu, cuda or cuda:N. Default: auto.")
@search_option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Of the random numbers of the searches pso and cma. Default: 0.",
)
@output_option(
    "--output_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("camera_estimates"),
    metavar="FOLDER",
    help="Where results go. Default: camera_estimates.",
)
@output_option("--overwrite", is_flag=True, help="Estimate finished samples again instead of skipping them.")
@output_option("--verbose", is_flag=True, help="Times of all stages, and tracebacks.")
@output_option("--quiet", is_flag=True, help="Only errors.")
@information_option("--version", is_flag=True, help="Show the version.")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    if flags["names"] and not flags["fetch_weights"]:
        raise click.UsageError(f"unexpected argument {flags['names'][0]}: inputs are named by flags, see -h")
    if flags["version"]:
        click.echo(f"camera-estimate {__version__}")
    elif flags["list_losses"]:
        _list_losses()
    elif flags["fetch_weights"]:
        _fetch_weights([*flags["fetch_weights"], *flags["names"]], progress=not flags["quiet"])
    else:
        context.exit(_estimate(flags))


def _list_losses() -> None:
    from camera_estimation.losses.registry import loss_classes
    from camera_estimation.outputs.loss_table import loss_table

    click.echo(loss_table(loss_classes()))


def _fetch_weights(names: list[str], progress: bool) -> None:
    from camera_estimation.losses.fetching import fetch

    fetched = fetch(names, progress=progress)
    click.echo("\n".join(f"fetched {path}" for path in fetched) or "nothing to fetch: all weights are here")


def _estimate(flags: dict[str, Any]) -> int:
    from camera_estimation.batch.command import Request, run_request

    return run_request(
        Request(
            input_dir=flags["input_dir"],
            source_images_dir=flags["source_images_dir"],
            pairs=flags["pairs"],
            masks_dir=flags["masks_dir"],
            max_samples=flags["max_samples"],
            demo=flags["demo"],
            model=flags["model"],
            preset=flags["config"],
            intrinsics=flags["intrinsics"],
            init=flags["init"],
            sequence=flags["sequence"],
            smooth=flags["smooth"],
            settings={
                "camera": {key: flags[key] for key in ("fov_deg", "optimize_fov", "roll")},
                "search": {"method": flags["search"]},
                "appearance": {"lighting": flags["lighting"]},
                "refinement": {key: flags[key] for key in ("mesh_quality", "occlusion")},
                "loss": {"name": flags["loss_type"]},
                "renderer": flags["renderer"],
                "device": flags["device"],
                "seed": flags["seed"],
            },
            output_dir=flags["output_dir"],
            overwrite=flags["overwrite"],
            verbose=flags["verbose"],
            quiet=flags["quiet"],
            command_line=("camera-estimate", *sys.argv[1:]),
        )
    )


if __name__ == "__main__":
    main()
