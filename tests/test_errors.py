"""What users see of an error is one line, whatever names are in it."""

from __future__ import annotations

import copy
import pickle

import pytest

from camera_estimation.errors import (
    LONGEST_REASON,
    InputError,
    MissingWeightsError,
    error_line,
    internal_error,
    kind_and_reason,
    printable_line,
    short_reason,
)


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


def test_reasons_of_libraries_are_one_short_line():
    error = ValueError("unknown tag\n  at byte 7\t" + "x" * 500)
    assert short_reason(error) == ("unknown tag at byte 7 " + "x" * 500)[:LONGEST_REASON]
    assert short_reason(error, 11) == "unknown tag"


def test_reasons_name_the_kind_where_the_message_says_too_little():
    assert short_reason(MemoryError()) == kind_and_reason(MemoryError()) == "MemoryError"
    assert kind_and_reason(KeyError("faces")) == "KeyError: 'faces'"


def test_only_what_is_no_bad_input_is_called_an_internal_error():
    assert error_line(InputError("a.png:  is empty; save it again")) == "a.png:  is empty; save it again"
    assert error_line(KeyError("faces")) == "internal error: KeyError: 'faces'"
    assert error_line(MemoryError()) == "internal error: MemoryError"


def test_of_a_file_that_the_system_refuses_which_and_why_is_told():
    refused = PermissionError(13, "Permission denied", "a/b.png")
    assert internal_error(refused) == "a/b.png: cannot be read or written (Permission denied); check the path"
    assert internal_error(OSError("no more")) == "internal error: OSError: no more"
