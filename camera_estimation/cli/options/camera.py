"""Options of what is known of the camera, the mesh and the light."""

from __future__ import annotations

from typing import get_args

import click

from camera_estimation.cli.options.sections import camera_option, combine_options
from camera_estimation.cli.options.values import FOLDER_OR_FILE, choice_of, require_finite
from camera_estimation.configuration import Lighting, MeshQuality, Occlusion, Roll, preset_names

MODELS = preset_names("models")

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
