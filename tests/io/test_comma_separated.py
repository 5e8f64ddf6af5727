from __future__ import annotations

import csv
import io

import pytest

from camera_estimation.io.comma_separated import csv_text, plain_cell


def test_lines_end_as_on_unix_and_none_is_empty():
    assert csv_text([("a", "b"), (1.5, None), ('say "x"', "p,q")]) == 'a,b\n1.5,\n"say ""x""","p,q"\n'
    assert csv_text([]) == ""


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "-1 +A1", "-1\n2", "@SUM(A1)", "\tx", '=HYPERLINK("x")'])
def test_formulas_are_text_and_come_back(text):
    ((cell,),) = csv.reader(io.StringIO(csv_text([(text,)]), newline=""))
    assert cell == f"'{text}"
    assert plain_cell(cell) == text


@pytest.mark.parametrize("cell", ["-0.5", "+1e-3", "-inf", "-820.7 5 -6e2", "x=1", "'quoted'", "", "a-b"])
def test_numbers_and_other_texts_are_as_they_are(cell):
    assert csv_text([(cell, -1, -0.5)]).startswith(f"{cell or ''},-1,-0.5")
    assert plain_cell(cell) == cell
