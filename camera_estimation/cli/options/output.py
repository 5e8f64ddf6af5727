"""Options of what is written and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from camera_estimation.cli.options.sections import combine_options, information_option, output_option
from camera_estimation.cli.options.values import choice_of
from camera_estimation.configuration import Pictures

version_option = information_option("--version", is_flag=True, help="Show the version.")
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
