from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.dataset.object_mark import UNMARKED, ObjectMark
from camera_estimation.dataset.pair_table import mark_of_row, pair_by_csv
from camera_estimation.errors import InputError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_csv(tmp_path):
    csv_path = tmp_path / "pairs.csv"
    csv_path.write_text(
        '\ufeffgt, Image ,mesh\n\n1,images/a.png,meshes/cow.glb\n2,"images/b, c.png",meshes/cow.glb\n ,,\n',
        encoding="utf-8",
    )
    samples = pair_by_csv(csv_path).samples
    assert [sample.name for sample in samples] == ["a", "b, c"]
    assert samples[0].mesh_path == tmp_path / "meshes/cow.glb"
    assert samples[1].image_path == tmp_path / "images/b, c.png"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no column mesh"),
        (b"mesh,picture\na.glb,a.png\n", "no column image"),
        (b"mesh,image\n", "no rows"),
        (b"mesh,image\na.glb\n", "row 1 lacks"),
        (b"\xff\xfe\x00mesh", "not a text file; give a JSON or CSV file of pairs"),
    ],
)
def test_unusable_csv(tmp_path, content, reason):
    csv_path = tmp_path / "pairs.csv"
    csv_path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        pair_by_csv(csv_path)


def test_missing_csv(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        pair_by_csv(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        pair_by_csv(tmp_path)


def test_several_objects_in_an_image(tmp_path):
    path = write(
        tmp_path,
        "mesh,image,mask,box,fx,fy,cx,cy\n"
        "cup.glb,table.png,ids.png#3,,90,91,32,24\n"
        "cup.glb,table.png,ids.png#12,,,,,\n"
        "can.glb,table.png,,10 20 30.5 40,,,,\n"
        "can.glb,other.png,,,,,,\n",
    )
    samples = {sample.name: sample for sample in pair_by_csv(path).samples}
    assert list(samples) == ["other", "table__can", "table__cup", "table__cup_2"]
    assert samples["other"].mark == UNMARKED
    assert samples["table__can"].mark == ObjectMark(box=(10.0, 20.0, 30.5, 40.0))
    assert samples["table__cup"].mark == ObjectMark(tmp_path / "ids.png", "3")
    assert samples["table__cup_2"].mark == ObjectMark(tmp_path / "ids.png", "12")
    assert samples["table__cup"].intrinsics == (90.0, 91.0, 32.0, 24.0)
    assert samples["table__cup_2"].intrinsics is None


def test_names_do_not_follow_the_order_of_rows(tmp_path):
    rows = ["cup.glb,a.png,3,", "cup.glb,a.png,12,", "cup.glb,a.png,,5 5 9 9", "cup.glb,a.png,,1 5 9 9"]
    tables = [rows, rows[::-1], [rows[index] for index in (2, 0, 3, 1)]]
    found = [
        {s.name: s.mark for s in pair_by_csv(write(tmp_path, "\n".join(["mesh,image,instance,box", *table]))).samples}
        for table in tables
    ]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 4
    names = [name for name, mark in found[0].items() if mark.instance]
    assert [found[0][name].instance for name in names] == ["3", "12"]


def test_the_same_row_twice_is_one_sample(tmp_path):
    text = "mesh,image,mask\na.glb,a.png,m.png\na.glb,a.png,m.png\n"
    assert len(pair_by_csv(write(tmp_path, text)).samples) == 1


def test_columns_that_are_not_read_are_told(tmp_path):
    pairing = pair_by_csv(write(tmp_path, "mesh,image,gt,difficulty,masks,K\na.glb,a.png,g,easy,m.png,1\n"))
    assert len(pairing.remarks) == 1
    assert pairing.remarks[0].startswith(
        "pairs.csv: not used: masks, K; the columns that are read are mesh, image, mask"
    )
    assert pair_by_csv(write(tmp_path, "mesh,image,gt,generator\na.glb,a.png,g,x\n")).remarks == ()


@pytest.mark.parametrize(
    ("cell", "name", "instance"),
    [("a#2_mask.png", "a#2_mask.png", ""), ("a#2.png#7", "a#2.png", "7"), ("ids.png#", "ids.png", ""), ("m", "m", "")],
)
def test_names_of_masks_may_have_a_number_sign(tmp_path, cell, name, instance):
    (sample,) = pair_by_csv(write(tmp_path, f"mesh,image,mask\na.glb,a.png,{cell}\n")).samples
    assert sample.mark == ObjectMark(tmp_path / name, instance)


def test_rows_that_are_there_twice_are_one_sample_and_told(tmp_path):
    pairing = pair_by_csv(write(tmp_path, "mesh,image\na.glb,a.png\nb.glb,b.png\na.glb,a.png\n"))
    assert [sample.name for sample in pairing.samples] == ["a", "b"]
    assert pairing.remarks == ("pairs.csv: 1 of 3 rows say again what a row above says; they are estimated once",)


def test_boxes_beside_masks_are_told(tmp_path):
    text = "mesh,image,mask,box\na.glb,a.png,m.png,1 2 3 4\na.glb,b.png,,1 2 3 4\n"
    assert pair_by_csv(write(tmp_path, text)).remarks == (
        "pairs.csv: 1 of 2 rows have a mask, so their box is not used",
    )


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("box", "1 2 3", "row 1 has the box '1 2 3'"),
        ("box", "30 20 10 40", "left top right bottom"),
        ("box", "a b c d", "left top right bottom"),
        ("fx,fy,cx,cy", "90,,3,4", "row 1 has no usable number fy"),
        ("fx,fy,cx,cy", "-1,2,3,4", "row 1 has fx = -1"),
        ("mask,instance", "ids.png#3,4", "row 1 has the instance 4, and 3 in its mask"),
    ],
)
def test_cells_that_cannot_be_used(tmp_path, header, cells, reason):
    path = write(tmp_path, f"mesh,image,{header}\na.glb,a.png,{cells}\n")
    with pytest.raises(InputError, match=reason) as caught:
        pair_by_csv(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_boxes_with_commas_and_brackets(tmp_path):
    samples = pair_by_csv(write(tmp_path, 'mesh,image,box\na.glb,a.png,"[1, 2, 3, 4]"\n')).samples
    assert samples[0].mark.box == (1.0, 2.0, 3.0, 4.0)


def test_a_mark_as_results_have_it(tmp_path):
    cells = {"mask": "ids.png#3", "box": "1 2 3 4", "gt": None}
    mark = mark_of_row(cells, tmp_path / "pairs.csv", 1)
    assert mark.values() == {"mask": (tmp_path / "ids.png").as_posix(), "instance": "3", "box": [1.0, 2.0, 3.0, 4.0]}
    assert mark_of_row({}, tmp_path / "pairs.csv", 1).values() is None
