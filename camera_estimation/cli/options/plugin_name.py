"""A flag that names a plug-in: most names are known without loading any."""

from __future__ import annotations

from typing import Any

import click

from camera_estimation.plugins import Registry


class PluginName(click.ParamType):
    """The name of one of a registry's plug-ins; these are loaded, for seconds, only to look for a name not at hand."""

    name = "name"

    def __init__(self, registry: Registry[Any]) -> None:
        self.registry = registry

    def convert(self, value: str, parameter: click.Parameter | None, context: click.Context | None) -> str:
        if value in self.registry.names_at_hand():
            return value
        return click.Choice(self.registry.names()).convert(value, parameter, context)
