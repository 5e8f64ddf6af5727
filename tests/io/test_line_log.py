from __future__ import annotations

import pytest

from camera_estimation.errors import InputError
from camera_estimation.io.line_log import LineLog


def lines_of(log):
    return [line for _, line in log.read()]


def test_lines_come_back_in_their_order(tmp_path):
    log = LineLog(tmp_path / "new" / "log.jsonl")
    assert lines_of(log) == []
    for number in range(3):
        log.append(b"%d" % number)
    assert lines_of(log) == [b"0", b"1", b"2"]
    log.remove()
    assert not log.path.exists()
    log.append(b"again")
    assert lines_of(log) == [b"again"]
    log.close()


@pytest.mark.parametrize("length", [1, 70_000, 200_000])
def test_a_torn_line_of_any_length_is_taken_off(tmp_path, length):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"a" * 70_000 + b"\n" + b"b" * length)
    log = LineLog(path)
    assert lines_of(log) == [b"a" * 70_000]
    log.append(b"c")
    assert lines_of(log) == [b"a" * 70_000, b"c"]
    path.write_bytes(b"b" * length)
    log = LineLog(path)
    log.append(b"c")
    assert path.read_bytes() == b"c\n"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/log\.jsonl: cannot be written .*; choose another"):
        LineLog(tmp_path / "file" / "log.jsonl").append(b"a")


def test_a_line_is_read_from_where_it_is(tmp_path):
    log = LineLog(tmp_path / "log.jsonl")
    spans = [log.append(line) for line in (b"first", b"", b"a third")]
    assert [log.read_line(span) for span in spans] == [b"first", b"", b"a third"]
    assert [span for span, _ in LineLog(log.path).read()] == spans
    assert log.append(b"last") == (15, 4)  # reading has moved nothing
    log.path.unlink()  # by others
    assert log.read_line(spans[2]) == b"a third"


def test_nothing_is_added_to_a_file_that_others_have_taken_away(tmp_path):
    log = LineLog(tmp_path / "run" / "log.jsonl")
    assert log.is_in_place()
    log.append(b"first")
    assert log.is_in_place()
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"log\.jsonl: was removed or replaced by others .*; leave its folder alone"):
        log.append(b"second")
    (tmp_path / "run").mkdir()
    log.path.write_bytes(b"another's\n")
    assert not log.is_in_place()
    with pytest.raises(InputError, match="was removed or replaced"):
        log.append(b"third")
    assert log.path.read_bytes() == b"another's\n"
    assert (tmp_path / "elsewhere" / "log.jsonl").read_bytes() == b"first\n"
