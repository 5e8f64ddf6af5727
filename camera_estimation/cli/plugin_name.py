"""A flag that names a plug-in: those of this package are known without loading any."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click


class PluginName(click.ParamType):
    """One of ``known``, or of ``all_names()``, which may take seconds and is only asked for other names."""

    name = "name"

    def __init__(self, known: Sequence[str], all_names: Callable[[], Sequence[str]]) -> None:
        self.known, self.all_names = known, all_names

    def convert(self, value: str, parameter: click.Parameter | None, context: click.Context | None) -> str:
        if value in self.known:
            return value
        return click.Choice(list(self.all_names())).convert(value, parameter, context)
