from __future__ import annotations

from camera_estimation.io import latex_table, markdown_table, text_table

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


def test_a_table_that_is_too_wide_is_cut_into_several():
    headings = ["", "one", "[low, high]", "two", "[low, high]"]
    rows = [["rotation", "1.25", "[1.0, 1.5]", "2.25", "[2.0, 2.5]"]]
    lines = text_table(headings, rows, width=30, together=2)
    assert lines == [
        "           one  [low, high]",
        "--------  ----  -----------",
        "rotation  1.25   [1.0, 1.5]",
        "",
        "           two  [low, high]",
        "--------  ----  -----------",
        "rotation  2.25   [2.0, 2.5]",
    ]
    assert max(map(len, text_table(headings, rows, width=10))) < 25  # a column at least
    assert len(text_table(headings, rows)) == 3


def test_special_characters_are_text_in_latex():
    lines = latex_table(["", "a_b", "95 % interval"], [["within 5 & 5 %", "<1", r"[0, 1]\x"]])
    assert lines == [
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r" & a\_b & 95 \% interval \\",
        r"\midrule",
        r"within 5 \& 5 \% & \textless{}1 & [0, 1]\textbackslash{}x \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
