"""Options that several commands have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import click

from camera_estimation.cli.grouped_command import option_group
from camera_estimation.cli.plugin_name import PluginName
from camera_estimation.configuration import (
    DEPTH_KINDS,
    Configuration,
    Lighting,
    MeshQuality,
    Occlusion,
    Pictures,
    Roll,
    preset_names,
)
from camera_estimation.io import choose_threads
from camera_estimation.mesh import mesh_suffixes
from camera_estimation.rendering import renderer_registry
from camera_estimation.search import search_registry
from camera_estimation.segmentation import segmenter_registry

input_option, camera_option, search_option = (
    option_group("Input"),
    option_group("Camera"),
    option_group("Search and device"),
)
evidence_option = option_group("Evidence")
output_option, information_option = option_group("Output"), option_group("Information")
MODELS = preset_names("models")
FOLDER_OR_FILE = click.Path(path_type=Path)


def combine_options(*options: Callable[[Callable], Callable]) -> Callable[[Callable], Callable]:
    """One decorator for several options, in their order."""

    def decorate(function: Callable) -> Callable:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def require_finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("is not a number", context, option)
    return value


def choice_of(values: Sequence[str]) -> dict[str, Any]:
    """The settings of an option that takes one of ``values``."""
    return {"type": click.Choice(values), "metavar": "|".join(values)}


def apply_threads(context: click.Context, parameter: click.Parameter, threads: int | None) -> None:
    """Before anything is loaded that reads it."""
    if threads:
        choose_threads(threads)


input_file_options = combine_options(
    input_option(
        "--input_dir",
        type=FOLDER_OR_FILE,
        metavar="PATH",
        help=f"Folder of {' or '.join(mesh_suffixes())} files, or one of them.",
    ),
    input_option(
        "--source_images_dir",
        type=FOLDER_OR_FILE,
        metavar="PATH",
        help="Folder of images, or one of them, or a video. Default: beside the meshes.",
    ),
    input_option(
        "--pairs",
        type=FOLDER_OR_FILE,
        metavar="FILE.csv",
        help="Columns mesh and image, relative to the file; for several objects in an image mask, instance or box too; "
        "instead of --input_dir.",
    ),
    input_option(
        "--masks_dir",
        type=FOLDER_OR_FILE,
        metavar="PATH",
        help="Folder of masks: NAME.png (or NAME.jpg.png, NAME_mask.png) for each image, white is object. Or a COCO "
        "file of annotations.",
    ),
    input_option(
        "--mask_label",
        metavar="N",
        help="Of mask files with several labels: the object's number, or its color as #rrggbb.",
    ),
    input_option(
        "--segmenter",
        metavar="|".join(segmenter_registry.names()),
        help="What finds the object in images without alpha or mask, or NAME:MODEL. Default: a plain background only.",
    ),
)

evidence_options = combine_options(
    evidence_option(
        "--keypoints_dir",
        type=FOLDER_OR_FILE,
        metavar="PATH",
        help="Folder of NAME.json or NAME.csv: points of the mesh (x, y, z) and where they are in the image (u, v).",
    ),
    evidence_option(
        "--depth_dir",
        type=FOLDER_OR_FILE,
        metavar="PATH",
        help="Folder of depth images: NAME.png (16 bit), exr or npy.",
    ),
    evidence_option(
        "--depth_scale",
        type=click.FloatRange(min=0, min_open=True),
        callback=require_finite,
        metavar="FACTOR",
        help="What depth values are multiplied by to be in the mesh's units, such as 0.001. Default: 1.",
    ),
    evidence_option(
        "--depth_kind",
        **choice_of(DEPTH_KINDS),
        help="relative: depth up to scale and shift; inverse: its inverse up to these. Default: metric.",
    ),
    evidence_option(
        "--region_weights",
        type=FOLDER_OR_FILE,
        metavar="FILE.toml",
        help="How much pixels of each region count, such as hair = 0.0; regions are those of camera-masks.",
    ),
)

frame_options = combine_options(
    input_option(
        "--every", type=click.IntRange(min=1), metavar="N", help="Of a video, every Nth frame only. Default: all."
    ),
    input_option(
        "--frames", metavar="A:B", help="Of a video, the frames from A up to, but without, B; the first is 0."
    ),
)

sample_options = combine_options(
    frame_options,
    input_option(
        "--max_samples", type=click.IntRange(min=1), metavar="N", help="Only the first N samples. Default: all."
    ),
    input_option("--demo", is_flag=True, help="The packaged example; nothing to download."),
)

camera_options = combine_options(
    camera_option(
        "--model",
        type=click.Choice(MODELS, case_sensitive=False),
        metavar="NAME",
        help=f"Generator of the meshes, whose usual view is tried first: {', '.join(MODELS)}.",
    ),
    camera_option(
        "--intrinsics",
        type=FOLDER_OR_FILE,
        metavar="PATH",
        help="JSON of image names with fx, fy, cx, cy in pixels and, if the lens distorts, its coefficients; or one "
        "camera for all; or what COLMAP, nerfstudio or OpenCV write, or the folder with it.",
    ),
    camera_option(
        "--fov_deg",
        type=click.FloatRange(0.5, 170),
        callback=require_finite,
        metavar="DEGREES",
        help="Vertical field of view of images without intrinsics, if it is known. Default: it is estimated.",
    ),
    camera_option(
        "--optimize_fov",
        is_flag=True,
        help="Estimate the focal length even where --intrinsics or --fov_deg tell it: they say about where it is.",
    ),
    camera_option(
        "--fix_fov",
        is_flag=True,
        help="Do not estimate the focal length of images without intrinsics: take that of their EXIF, else 40 degrees.",
    ),
    camera_option(
        "--roll",
        **choice_of(get_args(Roll)),
        help="upright: the mesh's up axis is vertical in the image. Default: free.",
    ),
    camera_option(
        "--mesh_quality",
        **choice_of(get_args(MeshQuality)),
        help="generated: a mesh from a generator, whose bends are found with the pose. Default: auto, where none fits.",
    ),
    camera_option(
        "--occlusion",
        **choice_of(get_args(Occlusion)),
        help="on: something may hide a part of the object. Default: auto, where the mask shows it.",
    ),
    camera_option(
        "--lighting",
        **choice_of(get_args(Lighting)),
        help="Light in the image that the texture does not have; sh: spherical harmonics. Default: auto, shading where "
        "the mesh is of one color, else gain.",
    ),
)

search_options = combine_options(
    search_option(
        "--config",
        multiple=True,
        metavar="PRESET|FILE.toml",
        help=f"Settings: {', '.join(preset_names())} or a file; can be repeated: later ones overlay earlier ones. "
        "Flags override all.",
    ),
    search_option(
        "--search",
        type=PluginName(search_registry),
        metavar="|".join(search_registry.names_at_hand()),
        help="pso and cma evaluate the objective itself, thousands of times. Default: viewpoints.",
    ),
    search_option(
        "--renderer",
        type=PluginName(renderer_registry),
        metavar="|".join(renderer_registry.names_at_hand()),
        help=f"What draws; pytorch3d is slow and an extra to install. Default: {Configuration().renderer}.",
    ),
    search_option(
        "--no_cache",
        is_flag=True,
        help="Neither read nor keep on disk the views of meshes, which let the next run start sooner.",
    ),
    search_option("--device", metavar="DEVICE", help="auto, cpu, cuda or cuda:N. Default: auto."),
    search_option(
        "--threads",
        type=click.IntRange(min=0),
        metavar="N",
        expose_value=False,
        callback=apply_threads,
        help="Threads on the processor. Default: 0, that is OMP_NUM_THREADS, or as many as other programs leave free.",
    ),
    search_option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="N",
        help="Of the random numbers of the searches pso and cma, and of --random_init. Default: 0.",
    ),
)


version_option = information_option("--version", is_flag=True, help="Show the version.")


def ground_truth_option(option: Callable[..., Callable[[Callable], Callable]]) -> Callable[[Callable], Callable]:
    """``option`` puts it under a heading."""
    return option(
        "--ground_truth",
        type=FOLDER_OR_FILE,
        metavar="PATH",
        help="Folder with NAME.json for each image, a CSV with the columns mesh, image and gt, a poses.json, or the "
        "cameras of another program (nerfstudio, OpenCV and others).",
    )


picture_options = combine_options(
    output_option(
        "--pictures",
        **choice_of(get_args(Pictures)),
        help="overlay: of each sample's pictures only overlay.png. Default: all.",
    ),
    output_option("--no_pictures", is_flag=True, help="As --pictures none: only poses, and the report of them."),
)


def overwrite_option(text: str) -> Callable[[Callable], Callable]:
    return output_option("--overwrite", is_flag=True, help=text)


def verbosity_options(verbose: str) -> Callable[[Callable], Callable]:
    return combine_options(
        output_option("--verbose", is_flag=True, help=verbose),
        output_option("--quiet", is_flag=True, help="Only errors."),
    )
