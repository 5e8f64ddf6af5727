"""True cameras in cloud storage."""

from __future__ import annotations

import json

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.evaluation.ground_truth import load_ground_truth
from camera_estimation.evaluation.pose_errors import mesh_path_of
from camera_estimation.geometry.plain_cameras import camera_values
from camera_estimation.io import input_path
from tests.support.runs import HEIGHT, TRUE, WIDTH

ENTRY = {
    "name": "1",
    "mesh": "memory://bucket/mug.glb",
    "image": "memory://bucket/x/1.png",
    "status": "ok",
    "width": WIDTH,
    "height": HEIGHT,
}


@pytest.fixture
def truth(memory_store):
    memory_store.pipe("bucket/truth/1.json", json.dumps(camera_values(TRUE)).encode())
    return memory_store


def is_true(camera):
    return camera is not None and torch.allclose(camera.world_to_camera, TRUE.world_to_camera)


def test_a_folder(truth):
    find = load_ground_truth(input_path("memory://bucket/truth"))
    assert is_true(find(ENTRY))
    assert find({**ENTRY, "name": "2", "image": "2.png"}) is None


@pytest.mark.parametrize("row", ["mug.glb,x/1.png,truth/1.json", "mug.glb,moved/1.png,memory://bucket/truth/1.json"])
def test_a_table(truth, row):
    truth.pipe("bucket/pairs.csv", f"mesh,image,gt\n{row}\n".encode())
    assert is_true(load_ground_truth(input_path("memory://bucket/pairs.csv"))(ENTRY))


def test_a_table_here_with_urls(truth, tmp_path):
    (tmp_path / "pairs.csv").write_text("mesh,image,gt\nmug.glb,memory://bucket/x/1.png,memory://bucket/truth/1.json\n")
    assert is_true(load_ground_truth(tmp_path / "pairs.csv")(ENTRY))


def test_none(truth):
    with pytest.raises(InputError, match=r"^memory://bucket/none: no such file or folder; check --ground_truth"):
        load_ground_truth(input_path("memory://bucket/none"))


def test_the_mesh_of_an_entry(memory_store):
    with pytest.raises(InputError, match=r"^memory://bucket/mug\.glb: no such mesh"):
        mesh_path_of(ENTRY["mesh"], None, "1")
    memory_store.pipe("bucket/cup.glb", b"1")
    assert str(mesh_path_of("memory://bucket/cup.glb", None, "1")) == "memory://bucket/cup.glb"
