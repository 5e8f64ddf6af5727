from __future__ import annotations

import pytest

from camera_estimation.errors import InputError
from camera_estimation.io import parse_json, read_json, read_table


def test_text_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(path) == {"a": 1}
    assert read_table(path, "boxes") == '{"a": 1}'


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no such file; check the path"), (b"{", "is not valid JSON"), (b"\xff\xfe\x00", "is not valid JSON")],
)
def test_what_is_no_json_is_one_line(tmp_path, content, told):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_json(path)
    assert str(caught.value).startswith(f"{path}: {told}")
    assert "\n" not in str(caught.value)


def test_folders_and_binary_files_are_no_tables(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read .*; give a JSON or CSV file"):
        read_table(tmp_path, "boxes")
    with pytest.raises(InputError, match=r"cannot be read .*; give a JSON file"):
        read_json(tmp_path)
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not a text file; give a JSON or CSV file of boxes"):
        read_table(tmp_path / "a.csv", "boxes")


def test_the_remedy_is_the_readers_own(tmp_path):
    with pytest.raises(InputError, match=r"is not valid JSON .*; mend it, or name a CSV file \.csv"):
        parse_json("[", tmp_path / "a")
    with pytest.raises(InputError, match="; throw it away"):
        parse_json("[" * 100, tmp_path / "a", "throw it away")
