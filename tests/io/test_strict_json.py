from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from camera_estimation.io.strict_json import json_text

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_reads_back_as_it_was(value):
    assert json.loads(json_text(value)) == value


def test_matrices_stay_on_one_line():
    text = json_text({"name": "spot", "matrix": [[1.0, 0.0], [0.0, 1.0]]})
    assert text == '{\n  "name": "spot",\n  "matrix": [[1.0, 0.0], [0.0, 1.0]]\n}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_refuses_what_json_has_no_word_for(value):
    with pytest.raises(ValueError, match="JSON"):
        json_text({"loss": value})
