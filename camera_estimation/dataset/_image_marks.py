"""Files that say where something is in images: JSON, image name to numbers, or CSV with a column for each number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import parse_json, read_table, table_records


def read_image_marks(path: Path, what: str, numbers: Sequence[str]) -> list[tuple[str, Any]]:
    """Image names, and what stands there, in the order of the file.

    Args:
        path: A JSON or CSV file.
        what: It has, for messages.
        numbers: Names of the columns beside ``image``.

    Raises:
        InputError: The file cannot be used; one line.
    """
    text = read_table(path, what)
    if path.suffix.lower() != ".csv":
        tree = parse_json(text, path)
        if not isinstance(tree, dict):
            raise InputError(f"{path}: is not an object of image names with [{', '.join(numbers)}] each; write it so")
        return list(tree.items())
    headings, rows = table_records(text, path)
    columns = ("image", *numbers)
    missing = [column for column in columns if column not in headings]
    if missing:
        raise InputError(f"{path}: has no column {', '.join(missing)}; give {', '.join(columns)}")
    return [(row["image"], [row[number] for number in numbers]) for row in rows if row["image"]]
