"""Options of which samples there are, and what is known of each beside its picture."""

from __future__ import annotations

from collections.abc import Callable

import click

from camera_estimation.cli.options.sections import combine_options, evidence_option, input_option
from camera_estimation.cli.options.values import FOLDER_OR_FILE, choice_of, require_finite
from camera_estimation.configuration import DEPTH_KINDS
from camera_estimation.mesh import mesh_suffixes
from camera_estimation.segmentation import segmenter_registry

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


def ground_truth_option(option: Callable[..., Callable[[Callable], Callable]]) -> Callable[[Callable], Callable]:
    """``option`` puts it under a heading."""
    return option(
        "--ground_truth",
        type=FOLDER_OR_FILE,
        metavar="PATH",
        help="Folder with NAME.json for each image, a CSV with the columns mesh, image and gt, a poses.json, or the "
        "cameras of another program (nerfstudio, OpenCV and others).",
    )
