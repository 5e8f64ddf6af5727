from __future__ import annotations

from camera_estimation.io import markdown_table, text_table

ROWS = [("spot", "1.25"), ("a|b", "10")]


def test_columns_of_a_terminal_are_aligned():
    assert text_table(("name", "angle"), ROWS) == [
        "name  angle",
        "----  -----",
        "spot   1.25",
        "a|b      10",
    ]


def test_bars_in_cells_do_not_end_columns_of_markdown():
    assert markdown_table(("name", "angle"), ROWS) == [
        "| name | angle |",
        "| --- | ---: |",
        "| spot | 1.25 |",
        "| a\\|b | 10 |",
    ]
