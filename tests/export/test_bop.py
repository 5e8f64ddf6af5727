"""BOP's files, read as its toolkit documents them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st

from camera_estimation.dataset import Sample, load_intrinsics
from camera_estimation.errors import InputError
from camera_estimation.evaluation.ground_truth import load_ground_truth
from camera_estimation.export import PosedImage, create_exporter
from camera_estimation.geometry import OPENCV, Distortion
from camera_estimation.results.initial_poses import load_initial_poses
from tests.support.posed_images import cameras_about, posed_image
from tests.support.runs import TRUE
from tests.support.shapes import box, bumpy_ball

BALL = bumpy_ball(6, 8)
ENTRY = {"confidence": 0.75, "seconds": {"loading": 9.0, "search": 1.5, "refine": 0.25}}
RESULTS = "camera-estimation_run-test.csv"


class DocumentedReader:
    """What bop_toolkit reads of a folder, written by its documentation alone (docs/bop_datasets_format.md and the
    challenge's format of results)."""

    def __init__(self, folder: Path, scene: int) -> None:
        place = folder / "test" / f"{scene:06d}"
        self.cameras = {int(key): value for key, value in json.loads((place / "scene_camera.json").read_text()).items()}
        self.annotations = {int(key): value for key, value in json.loads((place / "scene_gt.json").read_text()).items()}
        self.models = {
            int(key): value for key, value in json.loads((folder / "models" / "models_info.json").read_text()).items()
        }

    def project(self, image: int, number: int, millimeters: np.ndarray) -> np.ndarray:
        """s p_i = K [R t] p_m, in pixels whose first centre is (0, 0)."""
        annotation = self.annotations[image][number]
        rotation = np.array(annotation["cam_R_m2c"]).reshape(3, 3)
        in_camera = millimeters @ rotation.T + np.array(annotation["cam_t_m2c"])
        pixels = in_camera @ np.array(self.cameras[image]["cam_K"]).reshape(3, 3).T
        return pixels[:, :2] / pixels[:, 2:]


def read_rows(path: Path) -> list[dict]:
    header, *lines = path.read_text().splitlines()
    assert header == "scene_id,im_id,obj_id,score,R,t,time"
    rows = []
    for line in lines:
        scene, image, item, score, rotation, translation, time = line.split(",")
        values = np.array([float(value) for value in rotation.split()]).reshape(3, 3)
        rows.append(
            {
                "ids": (int(scene), int(image), int(item)),
                "score": float(score),
                "R": values,
                "t": np.array([float(value) for value in translation.split()]),
                "time": float(time),
            }
        )
    return rows


def images_in(folder: Path, names: list[str], **changes) -> list[PosedImage]:
    """Pictures of one camera, each moved a little."""
    found = []
    for number, name in enumerate(names):
        camera = replace(TRUE, translation=TRUE.translation + 0.01 * number)
        image = posed_image(folder / Path(name).parent, Path(name).name, BALL, camera, entry=ENTRY, **changes)
        found.append(image)
    return found


def sample_of(image: PosedImage) -> Sample:
    return Sample(image.name, image.mesh_path, image.image_path)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(camera=cameras_about(BALL), unit=st.sampled_from(["1000", "1", "25.4"]))
def test_poses_are_those_of_its_documentation_and_come_back(tmp_path, camera, unit):
    image = posed_image(tmp_path / "in", "a", BALL, camera, entry=ENTRY)
    create_exporter("bop", unit=unit).write([image], tmp_path / "out")
    points = np.random.default_rng(0).normal(size=(50, 3))
    theirs = DocumentedReader(tmp_path / "out", 1).project(0, 0, float(unit) * points)
    ours = camera.project(torch.from_numpy(points)[None])[0][0].numpy()
    np.testing.assert_allclose(theirs + 0.5, ours, rtol=1e-9, atol=1e-6)
    for path in (tmp_path / "out", tmp_path / "out" / RESULTS, tmp_path / "out" / "test" / "000001"):
        pose = load_initial_poses(path).of(sample_of(image))
        np.testing.assert_allclose(pose.world_to_camera, camera.world_to_camera[0], atol=1e-9)
        back = pose.camera(camera.width, camera.height)
        np.testing.assert_allclose(back.focal, camera.focal)
        np.testing.assert_allclose(back.principal_point, camera.principal_point, atol=1e-9)
    known = load_intrinsics(tmp_path / "out" / "test" / "000001").of(image.image_path)
    assert known.size == (camera.width, camera.height)
    np.testing.assert_allclose(known.intrinsics[2:], camera.principal_point[0], atol=1e-9)


def test_results_say_how_sure_and_how_long(tmp_path):
    images = images_in(tmp_path / "in", ["a", "b"])
    again = replace(images[0], name="a2", entry={**ENTRY, "confidence": None})
    create_exporter("bop", dataset="ycbv").write([*images, again], tmp_path / "out")
    rows = read_rows(tmp_path / "out" / "camera-estimation_ycbv-test.csv")
    assert [row["ids"] for row in rows] == [(1, 0, 1), (1, 1, 1), (1, 0, 1)]
    assert [row["score"] for row in rows] == [0.75, 0.75, 0]
    assert [row["time"] for row in rows] == [3.5, 1.75, 3.5]  # the same of all in an image; loading does not count
    np.testing.assert_allclose(rows[1]["R"], TRUE.rotation[0])
    np.testing.assert_allclose(rows[1]["t"], 1000 * (TRUE.translation[0] + 0.01))
    create_exporter("bop").write([replace(images[0], entry={})], tmp_path / "other")
    assert read_rows(tmp_path / "other" / RESULTS)[0]["time"] == -1


def test_models_are_measured_in_millimeters(tmp_path):
    mesh = box((1.0, 0.7, 0.5))
    create_exporter("bop").write([posed_image(tmp_path, "a", mesh, TRUE)], tmp_path / "out")
    (info,) = DocumentedReader(tmp_path / "out", 1).models.values()
    assert info["diameter"] == pytest.approx(1000 * np.sqrt(1 + 0.49 + 0.25), rel=1e-6)
    assert [info[f"min_{axis}"] for axis in "xyz"] == pytest.approx([-500, -350, -250], rel=1e-6)
    assert [info[f"size_{axis}"] for axis in "xyz"] == pytest.approx([1000, 700, 500], rel=1e-6)


def test_numbers_are_made_in_natural_order(tmp_path):
    images = images_in(tmp_path / "in", ["one/p10", "one/p2", "two/p1"])
    other = replace(images[0], name="other", mesh_path=Path("a10.glb"))
    images = [*images, other, replace(images[2], name="last", mesh_path=Path("a9.glb"))]
    create_exporter("bop").write(images, tmp_path / "out")
    table = [line.split(",") for line in (tmp_path / "out" / "ids.csv").read_text().splitlines()]
    assert table[0] == ["sample", "image", "mesh", "scene_id", "im_id", "obj_id", "mm_per_unit"]
    assert [row[3:] for row in table[1:]] == [
        ["1", "1", "3", "1000"],
        ["1", "0", "3", "1000"],
        ["2", "0", "3", "1000"],
        ["1", "1", "2", "1000"],
        ["2", "0", "1", "1000"],
    ]
    assert table[1][1] == "../in/one/p10.png"


def test_names_of_bop_are_its_numbers(tmp_path):
    names = ["test/000048/rgb/000012", "test/000048/rgb/000007", "test/000050/rgb/000012"]
    images = images_in(tmp_path / "in", names, mesh_path=Path("models/obj_000005.ply"))
    create_exporter("bop").write(images, tmp_path / "out")
    assert [row["ids"] for row in read_rows(tmp_path / "out" / RESULTS)] == [(48, 12, 5), (48, 7, 5), (50, 12, 5)]
    truth = load_ground_truth(tmp_path / "out")
    for image in images:
        entry = {"name": image.name, "mesh": str(image.mesh_path), "image": str(image.image_path), "status": "ok"}
        entry |= {"width": image.camera.width, "height": image.camera.height}
        np.testing.assert_allclose(truth(entry).world_to_camera, image.camera.world_to_camera, atol=1e-9)


def test_numbers_can_be_given(tmp_path):
    images = images_in(tmp_path / "in", ["one/p", "two/p", "two/q"])
    table = tmp_path / "given.csv"
    table.write_text(
        "image,scene_id,im_id,mesh,obj_id,mm_per_unit\none/p.png,7,1,,,\ntwo/p,8,1,,,\nq.png,8,2,,,\n,,,made.glb,4,10\n"
    )
    create_exporter("bop", ids=str(table)).write(images, tmp_path / "out")
    rows = read_rows(tmp_path / "out" / RESULTS)
    assert [row["ids"] for row in rows] == [(7, 1, 4), (8, 1, 4), (8, 2, 4)]
    np.testing.assert_allclose(rows[0]["t"], 10 * TRUE.translation[0])
    # What was used is a table itself.
    create_exporter("bop", ids=str(tmp_path / "out" / "ids.csv")).write(images, tmp_path / "again")
    assert (tmp_path / "again" / RESULTS).read_text() == (tmp_path / "out" / RESULTS).read_text()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("image,scene_id,im_id\na.png,1,2\n", "given.csv: has no obj_id for sample 'a' (a.png with made.glb); add it"),
        ("image,scene_id,im_id,obj_id\na,1,2,3\n,,,4\n", "given.csv: has several obj_id (3, 4) for sample 'a'"),
        ("image,scene_id,im_id,obj_id\na,1,2,3\nb,1,2,3\n", "scene and image (1, 2) is both a.png and b.png"),
        ("image,scene_id\na,x\n", "given.csv: row 1: scene_id is 'x'; give a whole number"),
        ("image,scene_id,mm_per_unit\na,1,-1\n", "given.csv: row 1: mm_per_unit is '-1'; give a positive number"),
        ("image,what,scene_id\na,1,1\n", "given.csv: has a column what, which is not known"),
        ("image\na\n", "given.csv: has none of the columns scene_id"),
    ],
)
def test_tables_that_cannot_be_used_are_one_line(tmp_path, text, line):
    (tmp_path / "given.csv").write_text(text)
    with pytest.raises(InputError) as error:
        create_exporter("bop", ids=str(tmp_path / "given.csv")).write(images_in(tmp_path / "in", ["a", "b"]), tmp_path)
    assert line in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"unit": "0"}, "--option bop.unit is '0'; give a positive number of millimeters"),
        ({"unit": "mm"}, "--option bop.unit is 'mm'"),
        ({"dataset": "a_b"}, "--option bop.dataset=a_b: give letters"),
        ({"ids": "absent.csv"}, "absent.csv: no such file"),
    ],
)
def test_wrong_options(tmp_path, options, line):
    with pytest.raises(InputError) as error:
        create_exporter("bop", **options).write(images_in(tmp_path / "in", ["a"]), tmp_path / "out")
    assert line in str(error.value)


def test_pictures_of_a_lens_are_left_out_and_told(tmp_path):
    images = images_in(tmp_path / "in", ["a"])
    bent = posed_image(tmp_path / "in", "bent", BALL, TRUE, Distortion.of(OPENCV, {"k1": 0.1}))
    exporter = create_exporter("bop")
    exporter.write([*images, bent], tmp_path / "out")
    assert len(read_rows(tmp_path / "out" / RESULTS)) == 1
    assert exporter.remarks[0].startswith("left out bent: BOP has pinholes only")
    with pytest.raises(InputError, match="bent: BOP has pinholes only"):
        create_exporter("bop").write([bent], tmp_path / "out")


def test_several_focal_lengths_of_an_image_are_told(tmp_path):
    (image,) = images_in(tmp_path / "in", ["a"])
    wider = replace(image.camera, focal=0.9 * image.camera.focal)
    other = replace(image, name="b", camera=wider, entry={**ENTRY, "focal": {"source": "estimated"}})
    exporter = create_exporter("bop")
    exporter.write([image, other], tmp_path / "out")
    assert [line.split(":")[0] for line in exporter.remarks] == ["b", "b"]
    assert "left out of scene_gt.json, which has one cam_K an image" in exporter.remarks[1]
    assert len(DocumentedReader(tmp_path / "out", 1).annotations[0]) == 1
    assert len(read_rows(tmp_path / "out" / RESULTS)) == 2


def test_several_of_one_object_in_an_image_come_back_by_their_samples(tmp_path):
    (image,) = images_in(tmp_path / "in", ["a"])
    moved = replace(image.camera, translation=image.camera.translation + 0.5)
    images = [replace(image, name="left"), replace(image, name="right", camera=moved)]
    create_exporter("bop").write(images, tmp_path / "out")
    for path in (tmp_path / "out" / RESULTS, tmp_path / "out"):
        found = load_initial_poses(path).of(sample_of(images[1]))
        np.testing.assert_allclose(found.world_to_camera, moved.world_to_camera[0], atol=1e-9)


def test_what_scene_gt_lacks_gets_no_pose_of_another_object(tmp_path):
    (image,) = images_in(tmp_path / "in", ["a"])
    wider = replace(image.camera, focal=0.9 * image.camera.focal)
    images = [replace(image, name="a__cup", mesh_path=tmp_path / "cup.glb"), image]
    images[1] = replace(image, name="a__pot", mesh_path=tmp_path / "pot.glb", camera=wider)
    create_exporter("bop").write(images, tmp_path / "out")
    poses = load_initial_poses(tmp_path / "out")
    assert poses.of(sample_of(images[0])) is not None
    assert poses.of(sample_of(images[1])) is None
    assert load_initial_poses(tmp_path / "out" / RESULTS).of(sample_of(images[1])) is not None
