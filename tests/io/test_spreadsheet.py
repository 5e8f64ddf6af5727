from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from camera_estimation.io.spreadsheet import Sheet, sheet_names, workbook_bytes


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        (["chair", "Chair"], ["chair", "Chair~2"]),
        (["totals", "history", "a/b", "a:b"], ["totals~2", "history~2", "a_b", "a_b~2"]),
        (["x" * 40, "x" * 41], ["x" * 31, "x" * 29 + "~2"]),
        (["'quoted'", "''"], ["quoted", "_"]),
    ],
)
def test_sheet_names_are_legal_and_unique(samples, expected):
    assert sheet_names(samples, taken=["Totals"]) == expected


def test_sheet_names_with_another_separator():
    assert sheet_names(["a", "A", "", "?"], separator="_", unnamed="objective") == ["a", "A_2", "objective", "_"]


def sheet_of(sheet):
    (loaded,) = load_workbook(io.BytesIO(workbook_bytes([sheet])))
    return loaded


def test_cells_keep_their_kind():
    sheet = sheet_of(Sheet("all", ["text", "number"], [["=1+1", 0.1234567890123456], [None, True], ["\x07", 3]]))
    assert list(sheet.values) == [
        ("text", "number"),
        ("=1+1", 0.1234567890123456),
        (None, True),
        ("\N{REPLACEMENT CHARACTER}", 3),
    ]
    assert sheet["A2"].data_type == "s"
    assert sheet["B2"].number_format == "General"


def test_headings_and_columns_are_shown_as_asked():
    rows = [["x" * 100, 0.5], ["y", 2]]
    sheet = sheet_of(Sheet("all", ["name", "loss"], rows, frozen="B2", decimals=5, has_filter=True))
    assert sheet["A1"].font.bold
    assert (sheet["A1"].alignment.horizontal, sheet["B1"].alignment.horizontal) == (None, "right")
    assert (sheet["B2"].number_format, sheet["B3"].number_format) == ("0.00000", "General")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:B3")
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == (48, 11)
