"""Options of images that have to do with each other, and of where estimates start."""

from __future__ import annotations

from typing import get_args

import click

from camera_estimation.cli.options.sections import combine_options, sequence_option
from camera_estimation.cli.options.values import FOLDER_OR_FILE, LOCAL_PATH, choice_of, require_finite
from camera_estimation.configuration import JointFocal, TrackingMethod

MOST_STARTS = 100_000  # each is refined by itself

sequence_options = combine_options(
    sequence_option(
        "--sequence",
        is_flag=True,
        help="Images of one mesh are consecutive frames in the order of their numbers: each starts from its neighbour.",
    ),
    sequence_option(
        "--tracking_method",
        **choice_of(get_args(TrackingMethod)),
        help="Of frames of a sequence or video: contour follows them at the rate of a video, refine estimates each. "
        "Default: auto, that is refine those that have a mask.",
    ),
    sequence_option(
        "--joint",
        is_flag=True,
        help="Images of one mesh are estimated together: its bends, and a focal length that is not known, are the "
        "same.",
    ),
    sequence_option(
        "--joint_focal",
        **choice_of(get_args(JointFocal)),
        help="own: with --joint, every image has a focal length of its own. Default: shared by images of one size.",
    ),
    sequence_option(
        "--init",
        type=FOLDER_OR_FILE,
        metavar="poses.json",
        help="Start from the poses of an earlier run, or of a file of that form or of another program (nerfstudio, "
        "OpenCV and others), and search only where they do not fit.",
    ),
    sequence_option(
        "--resume_from",
        type=LOCAL_PATH,
        metavar="RUN",
        help="Go on from the poses of a run (its folder or poses.json) with these settings, without a search.",
    ),
    sequence_option(
        "--random_init",
        type=click.IntRange(1, MOST_STARTS),
        metavar="N",
        help="Start from N random poses instead of the search, and tell which of them the objective leads to the "
        "answer.",
    ),
    sequence_option(
        "--smooth",
        type=click.FloatRange(min=0, min_open=True),
        callback=require_finite,
        metavar="FRAMES",
        help="Write poses_smoothed.json too: over this many frames (standard deviation). Default: no smoothing.",
    ),
)
