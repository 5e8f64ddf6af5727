"""Options of what is written and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import click

from camera_estimation import __version__
from camera_estimation.cli.options.sections import combine_options, information_option, output_option
from camera_estimation.cli.options.values import choice_of
from camera_estimation.configuration import Pictures

picture_options = combine_options(
    output_option(
        "--pictures",
        **choice_of(get_args(Pictures)),
        help="overlay: of each sample's pictures only overlay.png. Default: all.",
    ),
    output_option("--no_pictures", is_flag=True, help="As --pictures none: only poses, and the report of them."),
)


def version_option(command: str) -> Callable[[Callable], Callable]:
    """The version of the package, before anything else that is asked is looked at, under the name of a command."""

    def show(context: click.Context, option: click.Parameter, asked: bool) -> None:
        if asked:
            click.echo(f"{command} {__version__}")
            context.exit()

    return information_option(
        "--version", is_flag=True, is_eager=True, expose_value=False, callback=show, help="Show the version."
    )


def overwrite_option(text: str) -> Callable[[Callable], Callable]:
    return output_option("--overwrite", is_flag=True, help=text)


def verbosity_options(verbose: str) -> Callable[[Callable], Callable]:
    return combine_options(
        output_option("--verbose", is_flag=True, help=verbose),
        output_option("--quiet", is_flag=True, help="Only errors."),
    )
