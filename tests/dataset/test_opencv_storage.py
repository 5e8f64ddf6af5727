"""YAML and XML of OpenCV: as OpenCV itself reads them, but for what is broken."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from camera_estimation.dataset._opencv_storage import read_storage, storage_numbers
from camera_estimation.errors import InputError

MATRIX = np.array([[703.25, 0, 1e-5], [0, 1e20, -3], [0, 0, 1]])


def write(path, **values):
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.startWriteStruct("images", cv2.FileNode_SEQ)
    for _ in range(2):
        storage.startWriteStruct("", cv2.FileNode_MAP)
        for name, value in values.items():
            storage.write(name, value)
        storage.endWriteStruct()
    storage.endWriteStruct()
    storage.release()
    return path


@pytest.mark.parametrize("suffix", ["yaml", "yml", "xml"])
@pytest.mark.parametrize("name", ["spot", "a b: 'c' \"d\"", "yes", "12", "~", "- x", "#7", "ü"])
def test_what_opencv_writes(tmp_path, suffix, name):
    path = write(tmp_path / f"cameras.{suffix}", name=name, camera_matrix=MATRIX, image_width=640, focal=1.5)
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
    own = storage.getNode("images").at(1)
    table = read_storage(path)["images"][1]
    assert table["name"] == own.getNode("name").string()
    np.testing.assert_array_equal(
        storage_numbers(table["camera_matrix"], "a"), own.getNode("camera_matrix").mat().ravel()
    )
    assert storage_numbers(table["image_width"], "a") == [640]
    assert storage_numbers(table["focal"], "a") == [1.5]


def test_numbers_of_every_form():
    assert storage_numbers(None, "a") is None
    assert storage_numbers(["1", "-.5", "1e-3"], "a") == [1, -0.5, 0.001]
    assert storage_numbers({"rows": "1", "data": "1. 2."}, "a") == [1, 2]
    assert np.isnan(storage_numbers([".Nan"], "a")[0])
    assert storage_numbers(["-.Inf"], "a") == [-np.inf]
    for wrong in (["x"], [["1"]], {"rows": "1"}, "$base64$xx", {"data": {"a": "1"}}):
        with pytest.raises(InputError, match="something else than numbers"):
            storage_numbers(wrong, "a")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        # OpenCV's own parser writes beyond its memory here, and the process ends.
        (b"%YAML 1.2\n---\nk: !\xc3\xbfopencv-matrix\n   rows: 3\n{  data: [ 60. ]\n", "is no YAML or XML of OpenCV"),
        (b"!!python/object/apply:os.system ['true']\n", "is no table of values"),
        (b"a: " + b"[" * 5000, "more than limits"),
        (b"- " * 5000 + b"a", "more than limits"),
        (b"- a\n", "is no table of values"),
        (b"a: &x [1]\nb: *y\n", "is no YAML or XML of OpenCV"),
        (b"", "is no table of values"),
        (b"<?xml version='1.0'?><a/>", "is no XML of OpenCV"),
        (b"<?xml version='1.0'?><opencv_storage><a></opencv_storage>", "is not valid XML"),
    ],
)
def test_broken_files_are_one_line(tmp_path, content, told):
    path = tmp_path / "cameras.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_storage(path)
