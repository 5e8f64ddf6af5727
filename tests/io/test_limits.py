"""Limits of what is read: each is told with its setting, before anything large is taken into memory."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from camera_estimation.configuration import Configuration, LimitsConfig
from camera_estimation.errors import InputError
from camera_estimation.io import (
    check_archive,
    check_limit,
    current_limits,
    open_picture,
    parse_json,
    parse_xml,
    read_array,
    read_arrays,
    read_content,
    read_json,
    read_toml,
    table_records,
    table_rows,
)


def npy_bytes(shape: tuple[int, ...], dtype: str = "<f8", content: bytes = b"") -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
    return stream.getvalue() + content


def test_defaults_are_those_of_the_configuration():
    assert Configuration().limits == LimitsConfig()


@pytest.mark.parametrize("found", [6, 1e9, 10**500])
def test_the_line_names_the_setting(own_limits, found):
    own_limits(nodes=5)
    assert current_limits().nodes == 5
    check_limit("nodes", 5, "a.glb", "nodes")
    with pytest.raises(InputError, match=r"^a\.glb: has \d+ nodes, more than limits\.nodes = 5; make it smaller"):
        check_limit("nodes", found, "a.glb", "nodes")


def test_a_large_file_is_not_read(own_limits, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(2000))
    assert len(read_content(path)) == 2000
    own_limits(file_megabytes=0.001)
    with pytest.raises(InputError, match=r"a\.bin: has 0\.002 megabytes, more than limits\.file"):
        read_content(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_no_picture(tmp_path):
    os.mkfifo(tmp_path / "view.png")
    with pytest.raises(InputError, match="is no file but a device or a pipe"), open_picture(tmp_path / "view.png"):
        pass


def test_values_of_json_are_counted_before_it_is_parsed(own_limits, tmp_path, monkeypatch):
    own_limits(table_values=7)
    path = tmp_path / "a.json"
    path.write_text('{"a, [{": [1, 2, [], {}], "b": "\\"[,\\\\"}')
    read_json(path)
    monkeypatch.setattr(json, "loads", None)
    path.write_text('{"a, [{": [1, 2, [], {}, 0], "b": "\\"[,\\\\"}')
    told = r"a\.json: has 8 values in its JSON, more than limits\.table_values = 7; split it, or raise that setting"
    with pytest.raises(InputError, match=told):
        read_json(path)


@pytest.mark.parametrize("content", ["A", '\\"', "\\\\"])
def test_a_long_text_in_json_takes_no_more_memory_than_its_length(content):
    """As the data of a glTF document with its buffers in it; those of 50 MB took 5 GB."""
    text = '{"a": "' + content * 500_000 + '"}'
    json.loads(text)
    tracemalloc.start()
    parse_json(text, Path("a.gltf"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(text)


def test_deep_json_and_toml(own_limits, tmp_path):
    own_limits(nesting=20)
    path = tmp_path / "a.json"
    path.write_text("[" * 20 + "]" * 20)
    read_json(path)
    path.write_text('{"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}')  # no structure
    read_json(path)
    path.write_text("[" * 21 + "]" * 21)
    with pytest.raises(InputError, match=r"has 21 tables and lists in each other, more than limits\.nesting = 20"):
        read_json(path)
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"has 100000 tables and lists in each other, more than limits\.nesting = 20"):
        read_json(path)
    own_limits(nesting=10**6)
    with pytest.raises(InputError, match="is not valid JSON"):
        read_json(path)
    own_limits(nesting=20)
    path.write_text("a = " + "[" * 21 + "]" * 21)
    with pytest.raises(InputError, match=r"limits\.nesting = 20"):
        read_toml(path, "weights")
    path.write_text("a = " + "[" * 100_000)
    with pytest.raises(InputError, match="not a valid TOML file"):
        read_toml(path, "weights")


def test_whole_numbers_of_any_length_are_numbers(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(f'{{"fx": {"9" * 400}, "n": 12}}')
    assert read_json(path) == {"fx": float("inf"), "n": 12}
    path.write_text(f"a = {'9' * 400}")
    with pytest.raises(InputError, match="a number of 300 digits"):
        read_toml(path, "weights")


def test_rows_and_columns(own_limits, tmp_path):
    path = tmp_path / "a.csv"
    assert list(table_rows("a, b\r\n1,2\n", path)) == [["a", "b"], ["1", "2"]]
    headings, records = table_records("a,b\n\n1\n1,2,3\n", path)
    assert headings == ["a", "b"]
    assert list(records) == [{"a": "1", "b": None}, {"a": "1", "b": "2", None: ["3"]}]
    own_limits(rows=2, columns=3)
    with pytest.raises(InputError, match=r"has 3 rows, more than limits\.rows = 2; split it"):
        list(table_rows("a\n" * 3, path))
    with pytest.raises(InputError, match=r"has 4 columns, more than limits\.columns = 3"):
        list(table_rows("a,b,c,d\n", path))
    with pytest.raises(InputError, match="is not a CSV file"):
        list(table_rows("x" * 200_000, path))


def test_archives(own_limits, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", bytes(2_000_000))
    assert path.stat().st_size < 20_000
    check_archive(path)
    own_limits(unpacked_megabytes=5)
    with pytest.raises(InputError, match=r"has 6 megabytes once it is unpacked, more than limits\.unpacked_meg"):
        check_archive(path)
    own_limits(archive_members=2)
    with pytest.raises(InputError, match=r"has 3 files in its archive, more than limits\.archive_members = 2"):
        check_archive(path)


def test_arrays_take_no_memory_for_what_a_header_says(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(npy_bytes((2, 2), content=np.arange(4.0).tobytes()))
    assert read_array(path).tolist() == [[0, 1], [2, 3]]
    path.write_bytes(npy_bytes((10**15,)))
    with pytest.raises(InputError, match=r"ends after \d+ bytes and says that it has 8000000000000000"):
        read_array(path)
    path.write_bytes(npy_bytes((1,), "|O", b"cos\nsystem\n(S'true'\ntR."))
    with pytest.raises(InputError, match="objects of Python"):
        read_array(path)
    packed = tmp_path / "a.npz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("K.npy", npy_bytes((10**12, 3)))
    with pytest.raises(InputError, match="is no NPZ file of plain arrays"):
        read_arrays(packed)


def test_arrays_are_as_numpy_has_them(tmp_path):
    path = tmp_path / "a.npz"
    stored = {
        "a": np.arange(6).reshape(2, 3),
        "b": np.asfortranarray(np.eye(3)[:, :2]),
        "c": np.array("x"),
        "d": np.float32(2),
    }
    np.savez(path, **stored)
    found = read_arrays(path)
    assert found.keys() == stored.keys()
    for name, values in stored.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == np.asarray(values).dtype


def test_pictures_that_run_programs_are_not_opened(tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "EPS")
    (tmp_path / "view.png").write_bytes(stream.getvalue())
    with pytest.raises(UnidentifiedImageError), open_picture(tmp_path / "view.png"):
        pass


def test_limits_of_pillow_are_as_before_whatever_overlaps(tmp_path, own_limits):
    path = tmp_path / "view.png"
    Image.new("RGB", (8, 8)).save(path)
    before = Image.MAX_IMAGE_PIXELS
    first, second = open_picture(path), open_picture(path)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert before != Image.MAX_IMAGE_PIXELS
    second.__exit__(None, None, None)
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ],
)
def test_xml_defines_nothing(tmp_path, text):
    with pytest.raises(InputError, match="defines entities or a document type"):
        parse_xml(text, tmp_path / "a.xml", "write it again")


def test_deep_and_broken_xml(tmp_path):
    with pytest.raises(InputError, match=r"elements in each other, more than limits\.nesting = 500"):
        parse_xml("<a>" * 600, tmp_path / "a.xml", "write it again")
    with pytest.raises(InputError, match=r"is not valid XML .*; write it again"):
        parse_xml("<a><b></a>", tmp_path / "a.xml", "write it again")
