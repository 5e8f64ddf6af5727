from __future__ import annotations

from camera_estimation.io.comma_separated import csv_text


def test_lines_end_as_on_unix_and_none_is_empty():
    assert csv_text([("a", "b"), (1.5, None), ('say "x"', "p,q")]) == 'a,b\n1.5,\n"say ""x""","p,q"\n'
    assert csv_text([]) == ""
