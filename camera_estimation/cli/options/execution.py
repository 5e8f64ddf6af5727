"""Options of who estimates the samples of a run."""

from __future__ import annotations

from typing import Any, get_args

import click

from camera_estimation.cli.options.plugin_name import PluginName
from camera_estimation.cli.options.sections import combine_options, execution_option
from camera_estimation.cli.options.values import choice_of, require_finite
from camera_estimation.commands.estimate import executor_registry
from camera_estimation.configuration import RayInputs

AUTO = "auto"
EXECUTION_SETTINGS = ("executor", "workers", "timeout", "ray_address", "gpus_per_worker", "ray_inputs")


class WorkerCount(click.ParamType):
    """A number from 1, or ``auto``, which settings have as 0."""

    name = "count"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> int:
        if value == AUTO:
            return 0
        return click.IntRange(min=1).convert(value, parameter, context)


execution_options = combine_options(
    execution_option(
        "--workers",
        type=WorkerCount(),
        metavar=f"N|{AUTO}",
        help="Estimate in N processes at once, which share the processors and all devices; auto: as many as they and "
        "the memory are for. Default: 1.",
    ),
    execution_option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        callback=require_finite,
        metavar="SECONDS",
        help="A sample that takes longer fails, and its process is ended: also with one worker. Default: no limit.",
    ),
    execution_option(
        "--shard",
        metavar="I/N",
        help="Only the I-th of N parts of the samples, into a folder of its own in the output folder; camera-merge "
        "puts them together.",
    ),
    execution_option(
        "--executor",
        type=PluginName(executor_registry),
        metavar="|".join(executor_registry.names_at_hand()),
        help="Who has the samples estimated. Default: processes, where --workers or --timeout needs some.",
    ),
    execution_option(
        "--ray_address",
        metavar="ADDRESS",
        help="With --executor ray: the cluster, as HOST:6379 or auto. Default: RAY_ADDRESS, else this machine alone.",
    ),
    execution_option(
        "--gpus_per_worker",
        type=click.FloatRange(min=0),
        callback=require_finite,
        metavar="F",
        help="With --executor ray: how much of a GPU each worker has, such as 1 or 0.5. Default: 0, the processor.",
    ),
    execution_option(
        "--ray_inputs",
        **choice_of(get_args(RayInputs)),
        help="With --executor ray: shared has workers read inputs by their paths. Default: shipped, that is sent.",
    ),
)
