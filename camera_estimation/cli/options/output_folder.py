"""A folder that results go to, as an argument."""

from __future__ import annotations

import os
from typing import Any

import click

from camera_estimation.cli.options.path_types import SYNC_AFTERWARDS, LocalPath


class OutputFolder(LocalPath):
    """A path of a folder, there or not. An empty one is refused: it would mean the folder in which a program runs."""

    def __init__(self) -> None:
        super().__init__(SYNC_AFTERWARDS, file_okay=False)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        if not os.fspath(value):
            self.fail("is empty; name a folder (is a variable of the shell not set?)", param, context)
        return super().convert(value, param, context)
