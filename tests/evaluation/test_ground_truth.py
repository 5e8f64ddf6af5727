from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.evaluation.ground_truth import load_ground_truth
from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.plain_cameras import camera_values
from tests.support.runs import HEIGHT, TRUE, WIDTH, turned, write_json


def entry(image: Path | str, mesh: Path | str = "mug.glb", **changes):
    values = {"name": Path(image).stem, "mesh": str(mesh), "image": str(image), "status": "ok"}
    return {**values, "width": WIDTH, "height": HEIGHT, **changes}


def same(found: Camera | None, expected: Camera) -> bool:
    return found is not None and torch.allclose(found.world_to_camera, expected.world_to_camera)


def write_pairs(folder: Path, rows: str) -> Path:
    path = folder / "pairs.csv"
    path.write_text(f"mesh,image,gt\n{rows}")
    return path


def test_folder_matches_the_whole_stem(workplace):
    workplace.add_truth("1")
    workplace.add_truth("mug_00", turned(TRUE, 10))
    find = load_ground_truth(workplace.truth)
    assert same(find(entry("elsewhere/1.png")), TRUE)
    assert same(find(entry("mug_00.jpg")), turned(TRUE, 10))
    assert find(entry("10.png")) is None
    assert find(entry("mug.png")) is None


def test_csv_matches_the_path_of_the_image_before_its_name(workplace):
    for name, angle in (("a", 0), ("b", 10)):
        workplace.add_truth(name, turned(TRUE, angle))
    pairs = write_pairs(workplace.folder, "mug.glb,x/1.png,truth/a.json\nmug.glb,y/1.png,truth/b.json\n")
    find = load_ground_truth(pairs)
    assert same(find(entry(workplace.folder / "x" / "1.png")), TRUE)
    assert same(find(entry(workplace.folder / "y" / "1.png")), turned(TRUE, 10))
    with pytest.raises(InputError, match=r"several true cameras for 1\.png"):
        find(entry("moved/1.png"))
    assert find(entry("moved/2.png")) is None


def test_csv_matches_by_name_where_images_have_moved(workplace):
    workplace.add_truth("a")
    find = load_ground_truth(write_pairs(workplace.folder, "mug.glb,x/1.png,truth/a.json\n"))
    assert same(find(entry("moved/1.png")), TRUE)


def test_mesh_decides_between_poses_of_one_image(workplace):
    for name, angle in (("a", 0), ("b", 10)):
        workplace.add_truth(name, turned(TRUE, angle))
    pairs = write_pairs(workplace.folder, "mug.glb,1.png,truth/a.json\npot.glb,1.png,truth/b.json\n")
    find = load_ground_truth(pairs)
    assert same(find(entry("1.png", "meshes/mug.glb")), TRUE)
    assert same(find(entry("1.png", "meshes/pot.glb")), turned(TRUE, 10))


def test_rows_without_a_file_have_no_truth(workplace):
    find = load_ground_truth(write_pairs(workplace.folder, "mug.glb,1.png,missing.json\nmug.glb,2.png,\n"))
    assert find(entry("1.png")) is None
    assert find(entry("2.png")) is None


def test_poses_of_another_run(workplace):
    folder = workplace.add_run("first", {"a": turned(TRUE, 20), "b": None})
    for path in (folder, folder / "poses.json"):
        find = load_ground_truth(path)
        assert same(find(entry(workplace.folder / "images" / "a.png")), turned(TRUE, 20))
        assert find(entry(workplace.folder / "images" / "b.png")) is None


def test_failed_samples_have_a_truth_too(workplace):
    workplace.add_truth("a")
    failed = entry("a.png", status="failed", width=None, height=None)
    assert same(load_ground_truth(workplace.truth)(failed), TRUE)


def test_truth_of_another_size_is_refused(workplace):
    workplace.add_truth("a", TRUE.resize(96, 80))
    with pytest.raises(InputError, match=r"a\.json: is for an image of 96 x 80 pixels, a\.png has 48 x 40"):
        load_ground_truth(workplace.truth)(entry("a.png"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fx": None}, "has no camera"),
        ({"world_to_camera": [[1, 0], [0, 1]]}, "has no camera|not 4x4"),
        ({"fx": -3.0}, "must be positive"),
        ({"cx": float("inf")}, "not finite"),
    ],
)
def test_damaged_truth_is_named(workplace, changes, message):
    write_json(workplace.truth / "a.json", {**camera_values(TRUE), **changes})
    with pytest.raises(InputError, match=message) as error:
        load_ground_truth(workplace.truth)(entry("a.png"))
    assert str(error.value).startswith(str(workplace.truth / "a.json"))
    assert len(str(error.value).splitlines()) == 1


def test_scaled_and_mirrored_poses_are_no_truth(workplace):
    for factor in (2.0, -1.0):
        workplace.add_truth("a", replace(TRUE, rotation=factor * TRUE.rotation))
        with pytest.raises(InputError, match=r"no rotation|mirrors"):
            load_ground_truth(workplace.truth)(entry("a.png"))


def test_truths_of_several_objects_in_an_image(workplace, tmp_path):
    lines = ["mesh,image,mask,gt"]
    for number, angle in (("1", 10.0), ("2", 60.0)):
        workplace.add_truth(f"a_{number}", turned(TRUE, angle))
        lines.append(f"m.glb,a.png,ids.png#{number},truth/a_{number}.json")
    path = workplace.folder / "pairs.csv"
    path.write_text("\n".join(lines))
    truth = load_ground_truth(path)
    for number, angle in (("1", 10.0), ("2", 60.0)):
        mark = {"mask": "elsewhere/ids.png", "instance": number, "box": None}
        camera = truth({**entry(str(workplace.folder / "a.png")), "mesh": "m.glb", "object": mark})
        assert torch.allclose(camera.rotation, turned(TRUE, angle).rotation)
    with pytest.raises(InputError, match="several true cameras"):
        truth({**entry(str(workplace.folder / "a.png")), "mesh": "m.glb", "object": None})


def test_in_a_folder_the_name_of_the_sample_goes_before_that_of_the_image(workplace):
    workplace.add_truth("a", TRUE)
    workplace.add_truth("a__cup", turned(TRUE, 60.0))
    truth = load_ground_truth(workplace.truth)
    assert torch.allclose(truth({**entry("a.png"), "name": "a__cup"}).rotation, turned(TRUE, 60.0).rotation)
    assert torch.allclose(truth({**entry("a.png"), "name": "a__can"}).rotation, TRUE.rotation)


def test_keys_that_are_missing_are_named(workplace):
    values = camera_values(TRUE)
    del values["fy"]
    write_json(workplace.truth / "a.json", values)
    with pytest.raises(InputError, match="lacks 'fy'; give width"):
        load_ground_truth(workplace.truth)(entry("a.png"))


def test_one_truth_among_very_many_is_found_at_once(workplace):
    workplace.add_truth("a")
    rows = "".join(f"mug.glb,x/{number}.png,truth/a.json\n" for number in range(4000))
    find = load_ground_truth(write_pairs(workplace.folder, rows))
    start = time.process_time()
    assert all(find(entry(f"moved/{number}.png")) is None for number in range(5000, 9000))
    assert time.process_time() - start < 2  # to look at each of them took ten times that
    assert same(find(entry("moved/3999.png")), TRUE)
