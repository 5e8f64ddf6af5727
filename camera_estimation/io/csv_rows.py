"""Rows of CSV text that others may have written, as many and as wide as the limits let through."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io.limits import check_limit

SPLIT = "split it"


def table_rows(text: str, path: Path) -> Iterator[list[str]]:
    """Cells of each line; blanks behind a comma do not count.

    Args:
        text: Of the file.
        path: Which messages name.

    Raises:
        InputError: It is no CSV, or beyond ``limits.rows`` or ``limits.columns``; one line.
    """
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True), start=1):
            check_limit("rows", number, path, "rows", SPLIT)
            check_limit("columns", len(row), path, "columns", SPLIT)
            yield row
    except csv.Error as error:
        raise InputError(f"{path}: is not a CSV file ({error}); save it as UTF-8 text") from error


def table_records(text: str, path: Path) -> tuple[list[str], Iterator[dict[Any, Any]]]:
    """The headings, and the cells of each row that is not empty by them: None where a row is too short, and a list of
    those that are too many under the key None, as ``csv.DictReader`` has them.

    Args:
        text: Of the file.
        path: Which messages name.

    Raises:
        InputError: As ``table_rows``.
    """
    rows = table_rows(text, path)
    headings = next((row for row in rows if row), [])
    return headings, (_record_of_row(headings, row) for row in rows if row)


def _record_of_row(headings: list[str], row: list[str]) -> dict[Any, Any]:
    record: dict[Any, Any] = {name: row[place] if place < len(row) else None for place, name in enumerate(headings)}
    return record if len(row) <= len(headings) else {**record, None: row[len(headings) :]}
