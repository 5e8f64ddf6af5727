"""Values that options take: files, choices, numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import click

from camera_estimation.cli.options.path_types import InputPath, LocalPath

FOLDER_OR_FILE, LOCAL_PATH = InputPath(), LocalPath()


def require_finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("is not a number", context, option)
    return value


def choice_of(values: Sequence[str]) -> dict[str, Any]:
    """The settings of an option that takes one of ``values``."""
    return {"type": click.Choice(values), "metavar": "|".join(values)}
