from __future__ import annotations

import csv

from openpyxl import load_workbook

from camera_estimation.records._history_table import HISTORY_NAME
from camera_estimation.records.history_workbook import TOTALS_COLUMNS, WORKBOOK_NAME, write_workbook


def entry(name, status="ok"):
    values = {"start": "search", "loss_type": "l1", "loss": 0.25, "silhouette_iou": 0.5, "ambiguous": False}
    if status == "failed":
        values = dict.fromkeys(values)
    seconds = {"search": 1.0, "refine": 0.5} if status == "ok" else None
    error = None if status == "ok" else "b.png: broken"
    return {"name": name, "status": status, "error": error, "seconds": seconds, **values}


def test_sheets_hold_what_the_histories_do(tmp_path):
    rows = [
        ["step", "stage", "iteration", "loss", "objective"],
        [0, "refine", 0, 0.1234567890123456, 0.5],
        [1, "result", 0, "", 0.25],
    ]
    for name in ("=a", "c"):
        (tmp_path / name).mkdir()
        with (tmp_path / name / HISTORY_NAME).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    write_workbook(tmp_path, [entry("=a"), entry("b", "failed"), entry("c")])
    book = load_workbook(tmp_path / WORKBOOK_NAME)
    assert book.sheetnames == ["Totals", "=a", "c"]
    for name in ("=a", "c"):
        found = [list(row) for row in book[name].iter_rows(values_only=True)]
        assert found == [rows[0], rows[1], [1, "result", 0, None, 0.25]]
    totals = [dict(zip(TOTALS_COLUMNS, row, strict=True)) for row in book["Totals"].iter_rows(2, values_only=True)]
    assert [total["sample"] for total in totals] == ["=a", "b", "c"]
    assert book["Totals"]["A2"].data_type == "s"
    first, failed, _ = totals
    assert (first["iterations"], first["first objective"], first["last objective"]) == (1, 0.5, 0.25)
    assert first["seconds"] == 1.5
    assert (failed["sheet"], failed["error"], failed["seconds"]) == (None, "b.png: broken", None)
