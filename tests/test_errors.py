"""What users see of an error is one line, whatever names are in it."""

from __future__ import annotations

import copy
import pickle

import pytest

from camera_estimation.errors import InputError, MissingWeightsError, printable_line


@pytest.mark.parametrize("kind", [InputError, MissingWeightsError])
def test_messages_are_one_printable_line(kind):
    error = kind("a\nb\u2028c\x1b[31m\ud800.png: is empty; write\tit")
    assert str(error) == "a b c?[31m?.png: is empty; write it"
    str(error).encode()
    assert str(pickle.loads(pickle.dumps(error))) == str(copy.copy(error)) == str(error)


def test_other_texts_are_as_they_are():
    text = "изображение 牛_ü: is empty; save it again"
    assert str(InputError(text)) == printable_line(text) == text
    assert str(InputError(ValueError("x"))) == "x"
    assert str(InputError()) == ""
