"""Options of settings as a whole, of the search, and of the processor or device that computes."""

from __future__ import annotations

from collections.abc import Callable

import click

from camera_estimation.cli.options.plugin_name import PluginName
from camera_estimation.cli.options.sections import combine_options, search_option
from camera_estimation.configuration import Configuration, preset_names
from camera_estimation.io import choose_threads
from camera_estimation.rendering import renderer_registry
from camera_estimation.search import search_registry

MOST_THREADS = 1024  # more than processors have: the system refuses them


def threads_option(option: Callable[..., Callable[[Callable], Callable]]) -> Callable[[Callable], Callable]:
    """How many threads compute; it is applied before anything is loaded that reads it.

    Args:
        option: Of the section of the help that it belongs to.
    """

    def apply_threads(context: click.Context, parameter: click.Parameter, threads: int | None) -> None:
        if threads:
            choose_threads(threads)

    return option(
        "--threads",
        type=click.IntRange(0, MOST_THREADS),
        metavar="N",
        expose_value=False,
        callback=apply_threads,
        help="Threads on the processor. Default: 0, that is OMP_NUM_THREADS, or as many as other programs leave free.",
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
    threads_option(search_option),
    search_option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="N",
        help="Of the random numbers of the searches pso and cma, and of --random_init. Default: 0.",
    ),
)
