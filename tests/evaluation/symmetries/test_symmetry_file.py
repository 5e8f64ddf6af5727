from __future__ import annotations

from pathlib import Path

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.evaluation.symmetries.symmetry_file import SymmetryFile, write_symmetries
from tests.support.runs import write_json

CENTER = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
HALF_TURN = [[-1, 0, 0, 2], [0, -1, 0, 4], [0, 0, 1, 0], [0, 0, 0, 1]]


def found(tmp_path, tree, mesh="can.glb"):
    return SymmetryFile(write_json(tmp_path / "s.json", tree)).find(Path("meshes", mesh), CENTER)


def test_matrices_and_axes_make_a_group(tmp_path):
    symmetries = found(tmp_path, {"can": [HALF_TURN, {"axis": [2, 0, 0], "order": 2}]})
    assert len(symmetries.transforms) == 4
    assert not symmetries.axes
    for transform in symmetries.transforms:  # both go through the mesh's centre, at least in x and y
        assert torch.allclose((transform @ torch.cat([CENTER, torch.ones(1)]))[:2], CENTER[:2])


def test_continuous_axis(tmp_path):
    symmetries = found(tmp_path, {"can.glb": [{"axis": [0, 3, 0], "offset": [1, 0, 1], "order": "continuous"}]})
    assert len(symmetries.transforms) == 1
    assert symmetries.axes[0].direction.tolist() == [0, 1, 0]
    assert symmetries.axes[0].point.tolist() == [1, 0, 1]


@pytest.mark.parametrize("mesh", ["7.glb", "obj_000007.glb"])
def test_models_info_of_bop(tmp_path, mesh):
    flat = [value for row in HALF_TURN for value in row]
    info = {"diameter": 100.0, "symmetries_discrete": [flat], "symmetries_continuous": []}
    symmetries = found(tmp_path, {"7": info, "8": {"diameter": 1.0}}, mesh)
    assert len(symmetries.transforms) == 2
    axis = {"axis": [0, 0, 1], "offset": [0, 0, 0]}
    assert len(found(tmp_path, {"7": {"symmetries_continuous": [axis]}}, mesh).axes) == 1


def test_mesh_that_is_not_listed(tmp_path):
    assert found(tmp_path, {"can": []}, "cane.glb") is None
    assert found(tmp_path, {"can": []}).is_trivial


def test_what_is_written_is_read_again(tmp_path):
    symmetries = found(tmp_path, {"can": [{"axis": [0, 0, 1], "order": 5}, {"axis": [1, 0, 0], "order": "continuous"}]})
    write_symmetries(tmp_path / "again.json", {"can.glb": symmetries})
    again = SymmetryFile(tmp_path / "again.json").find(Path("can.glb"), CENTER * 0)
    assert torch.allclose(again.transforms, symmetries.transforms)
    assert torch.allclose(again.axes[0].point, symmetries.axes[0].point)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ([], "is not an object of meshes"),
        ({"can": 3}, "is not a list of symmetries"),
        ({"can": {"symmetries_continuous": 3}}, "is not a list of symmetries"),
        ({"can": [[1, 2, 3]]}, "entry 1, is neither a 4x4 matrix"),
        ({"can": [HALF_TURN, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, 0], [0, 0, 0, 1]]]}, "entry 2, is not a rotation"),
        ({"can": [{"axis": [0, 0, 1]}]}, "has order null"),
        ({"can": [{"axis": [0, 0, 1], "order": 1}]}, "has order 1"),
        ({"can": [{"axis": [0, 0], "order": 2}]}, "has no axis of three numbers"),
        ({"can": [{"axis": [0, 0, 0], "order": 2}]}, "axis of length 0"),
        ({"can": [{"axis": [1, 0, 0], "order": 7}, {"axis": [0, 1, 0], "order": 5}]}, "not describe a symmetric solid"),
    ],
)
def test_bad_files_are_one_line(tmp_path, tree, message):
    with pytest.raises(InputError, match=message) as error:
        found(tmp_path, tree)
    assert len(str(error.value).splitlines()) == 1
    assert "s.json" in str(error.value)


def test_files_that_are_no_json(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        SymmetryFile(tmp_path / "missing.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        SymmetryFile(tmp_path / "broken.json")
