"""``camera-masks``: parsing only. Nothing heavy is imported before the arguments are known to be right."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports, which Ctrl-C may cut short
    from camera_estimation._start import start_masks

    start_masks()

from pathlib import Path
from typing import Any

import click

from camera_estimation.cli.grouped_command import option_group
from camera_estimation.cli.options import (
    FOLDER_OR_FILE,
    SYNC_AFTERWARDS,
    LocalPath,
    frame_options,
    input_option,
    output_option,
    overwrite_option,
    verbosity_options,
    version_option,
)
from camera_estimation.cli.word_lists import WordListCommand, split_words
from camera_estimation.segmentation import (
    DEFAULT_SEGMENTER,
    SegmenterName,
    fetch_segmenter_weights,
    segmenter_name,
    segmenter_registry,
)

segmenter_option = option_group("Segmenter")
SEGMENTERS = segmenter_registry.classes()
ON_DEVICE = [name for name, segmenter in SEGMENTERS.items() if segmenter.uses_device]
HELP = """Make masks of objects, and of regions of pictures, for camera-estimate --masks_dir.

An image with an alpha channel keeps it as its foreground. Masks that are there already are made again only if the
image, the segmenter or the settings have changed.

\b
  camera-masks --source_images_dir images/ --output_dir masks/ --segmenter rembg
  camera-masks --source_images_dir images/ --segmenter rembg --boxes boxes.json
  camera-masks --source_images_dir photo.jpg --segmenter sam3 --categories face hair clothing
"""


class MasksCommand(WordListCommand):
    word_lists = ("--categories",)


@click.command(cls=MasksCommand, help=HELP)
@input_option(
    "--source_images_dir", type=FOLDER_OR_FILE, metavar="PATH", help="Folder of images, or one of them, or a video."
)
@frame_options
@input_option(
    "--boxes",
    type=FOLDER_OR_FILE,
    metavar="FILE.json|csv",
    help="Rough boxes of the objects: image name to left, top, right, bottom in pixels. Default: the whole image.",
)
@input_option(
    "--prompts",
    type=FOLDER_OR_FILE,
    metavar="FILE.toml",
    help="Categories of your own, and points and boxes in single images.",
)
@input_option("--max_samples", type=click.IntRange(min=1), metavar="N", help="Only the first N images. Default: all.")
@segmenter_option(
    "--segmenter",
    default=DEFAULT_SEGMENTER,
    metavar="|".join(SEGMENTERS),
    help=f"What finds the object; NAME:MODEL for another network. Default: {DEFAULT_SEGMENTER}, a background of one "
    "colour.",
)
@segmenter_option(
    "--categories",
    multiple=True,
    callback=split_words,
    metavar="NAME ...",
    help="Regions beside the foreground: face, body, clothing, hair, background, lighting, or your own. Default: all "
    "that the segmenter finds.",
)
@segmenter_option(
    "--rembg_model",
    metavar="MODEL",
    help=f"Network of --segmenter rembg: {', '.join(SEGMENTERS['rembg'].models[:5])}, ...",
)
@segmenter_option("--fetch_weights", is_flag=True, help="Download the segmenter's weights, then stop.")
@segmenter_option(
    "--device",
    default="auto",
    metavar="DEVICE",
    help=f"Of {', '.join(ON_DEVICE[:-1])} and {ON_DEVICE[-1]}: auto, cpu, cuda or cuda:N.",
)
@output_option(
    "--output_dir",
    type=LocalPath(SYNC_AFTERWARDS),
    default=Path("masks"),
    metavar="FOLDER",
    help="Where masks go, not the folder of the images. Default: masks.",
)
@overwrite_option("Make masks that are there already again.")
@verbosity_options("Tracebacks.")
@version_option("camera-masks")
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    segmenter = _segmenter(flags["segmenter"], flags["rembg_model"])
    if flags["fetch_weights"]:
        _fetch(segmenter)
    elif flags["source_images_dir"] is None:
        raise click.UsageError("give --source_images_dir (a folder of images, or one); -h shows all flags")
    else:
        context.exit(_make_masks(flags, segmenter))


def _segmenter(text: str, rembg_model: str | None) -> SegmenterName:
    if rembg_model is None:
        return segmenter_name(text)
    if segmenter_name(text).segmenter != "rembg":
        raise click.UsageError("--rembg_model names a network of rembg: add --segmenter rembg")
    return segmenter_name(f"rembg:{rembg_model}")


def _fetch(segmenter: SegmenterName) -> None:
    fetched = fetch_segmenter_weights(segmenter)
    click.echo(f"{segmenter} has no weights: nothing to fetch" if fetched is None else f"{segmenter}: {fetched}")


def _make_masks(flags: dict[str, Any], segmenter: SegmenterName) -> int:
    from camera_estimation.commands.masks import MasksRequest, plan_masks, run_masks
    from camera_estimation.dataset import choose_frames

    request = MasksRequest(
        source_images_dir=flags["source_images_dir"],
        output_dir=flags["output_dir"],
        segmenter=segmenter,
        categories=flags["categories"],
        prompts=flags["prompts"],
        boxes=flags["boxes"],
        device=flags["device"],
        frames=choose_frames(flags["every"], flags["frames"]),
        max_samples=flags["max_samples"],
        overwrite=flags["overwrite"],
        verbose=flags["verbose"],
        quiet=flags["quiet"],
    )
    return run_masks(plan_masks(request))
