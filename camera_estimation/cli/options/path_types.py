"""Paths as arguments: of inputs, which may be in cloud storage, and of what must be on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from camera_estimation.errors import InputError
from camera_estimation.io import input_path, is_object

COPY_FIRST = "is in cloud storage, and this is read from folders of this machine alone; copy it here first"
SYNC_AFTERWARDS = (
    "is in cloud storage, and results are written on this machine; name a folder here, then copy it there, as with: "
    "aws s3 sync FOLDER URL"
)


class InputPath(click.Path):
    """A path or a URL of an input, there or not."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        try:
            path = input_path(value)
        except InputError as error:
            self.fail(str(error), param, context)
        return path if is_object(path) else super().convert(value, param, context)


class LocalPath(click.Path):
    """A path on this machine, there or not. URLs are refused: they would mean a folder ``s3:``.

    Args:
        refusal: Of a URL, which it follows.
        options: Of ``click.Path``.
    """

    def __init__(self, refusal: str = COPY_FIRST, **options: Any) -> None:
        super().__init__(path_type=Path, **options)
        self.refusal = refusal

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        try:
            is_elsewhere = is_object(input_path(value))
        except InputError:
            is_elsewhere = True
        if is_elsewhere:
            self.fail(f"{value}: {self.refusal}", param, context)
        return super().convert(value, param, context)
