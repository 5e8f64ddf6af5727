"""Sections of a help that options of several commands belong to, and several options as one decorator."""

from __future__ import annotations

from collections.abc import Callable

from camera_estimation.cli.grouped_command import option_group

input_option, camera_option, evidence_option = option_group("Input"), option_group("Camera"), option_group("Evidence")
sequence_option, objective_option = option_group("Several images"), option_group("Objective")
search_option, execution_option = option_group("Search and device"), option_group("Many samples")
output_option, information_option = option_group("Output"), option_group("Information")


def combine_options(*options: Callable[[Callable], Callable]) -> Callable[[Callable], Callable]:
    """One decorator for several options, in their order."""

    def decorate(function: Callable) -> Callable:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
