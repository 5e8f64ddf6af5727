"""Options of the objective that decides and refines."""

from __future__ import annotations

from camera_estimation.cli.options.sections import combine_options, objective_option
from camera_estimation.cli.options.values import LOCAL_PATH
from camera_estimation.configuration import DEFAULT_LOSS

objective_options = combine_options(
    objective_option(
        "--loss_type", metavar="NAME", help=f"Objective that decides and refines. Default: {DEFAULT_LOSS}."
    ),
    objective_option(
        "--loss_file",
        type=LOCAL_PATH,
        metavar="FILE.py",
        help="Python file with objectives of your own; if it has one only, that is the --loss_type.",
    ),
    objective_option(
        "--loss_option",
        multiple=True,
        metavar="KEY=VALUE",
        help="Option of the objective, such as net=alex or boundary.weight=0.2; can be repeated.",
    ),
    objective_option("--list_losses", is_flag=True, help="Show the objectives and what each needs."),
    objective_option("--benchmark", is_flag=True, help="With --list_losses: measure how long each takes here."),
    objective_option(
        "--fetch_weights", multiple=True, metavar="NAME ...", help="Download the weights of objectives, then stop."
    ),
)
