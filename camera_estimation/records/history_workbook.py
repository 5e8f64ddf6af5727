"""history.xlsx: the histories of a run, a sheet for each sample, and one of totals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from camera_estimation.io import Cell, Sheet, sheet_names, workbook_bytes, write_bytes
from camera_estimation.records._history_table import HISTORY_NAME, read_history
from camera_estimation.results import sample_folder

WORKBOOK_NAME = "history.xlsx"
TOTALS = "Totals"
TOTALS_COLUMNS = (
    *("sample", "sheet", "status", "start", "iterations", "first objective", "last objective", "loss type", "loss"),
    *("silhouette IoU", "ambiguous", "seconds", "error"),
)
DECIMALS = 5


def write_workbook(output_dir: Path, entries: Sequence[dict[str, Any]]) -> None:
    """history.xlsx of a run, from the histories in the samples' folders.

    Args:
        output_dir: Of the run.
        entries: Those of poses.json. Failed samples have no sheet.
    """
    recorded = [entry["name"] for entry in entries if entry["status"] == "ok" and _has_history(output_dir, entry)]
    names = dict(zip(recorded, sheet_names(recorded, taken=[TOTALS]), strict=True))
    histories = {name: read_history(sample_folder(output_dir, name)) for name in names}
    totals = [_total(entry, names.get(entry["name"]), histories.get(entry["name"])) for entry in entries]
    sheets = [Sheet(TOTALS, TOTALS_COLUMNS, totals, decimals=DECIMALS)]
    for name, (headings, rows) in histories.items():
        sheets.append(Sheet(names[name], headings, rows, frozen="D2", decimals=DECIMALS))
    write_bytes(output_dir / WORKBOOK_NAME, workbook_bytes(sheets))


def _has_history(output_dir: Path, entry: dict[str, Any]) -> bool:
    return (sample_folder(output_dir, entry["name"]) / HISTORY_NAME).is_file()


def _total(entry: dict[str, Any], sheet: str | None, history: tuple[list[str], list[list[Cell]]] | None) -> list[Cell]:
    objectives: list[Cell] = []
    if history is not None:
        column = history[0].index("objective")
        objectives = [row[column] for row in history[1]]
    seconds = entry["seconds"]
    return [
        entry["name"],
        sheet,
        entry["status"],
        entry["start"],
        len(objectives) - 1 if objectives else None,  # the last row is the answer
        objectives[0] if objectives else None,
        objectives[-1] if objectives else None,
        entry["loss_type"],
        entry["loss"],
        entry["silhouette_iou"],
        entry["ambiguous"],
        None if seconds is None else sum(seconds.values()),
        entry["error"],
    ]
