from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from camera_estimation.dataset.intrinsics import load_intrinsics
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics
from camera_estimation.errors import InputError
from camera_estimation.geometry import FISHEYE, OPENCV, Distortion

ENTRY = {"width": 64, "height": 48, "fx": 100, "fy": 101.5, "cx": 32.0, "cy": -3.5}
INTRINSICS = (100.0, 101.5, 32.0, -3.5)


def write(tmp_path: Path, tree: object, name: str = "intrinsics.json") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    return path


def the_camera(path: Path, name: str = "a.png") -> KnownCamera:
    camera = load_intrinsics(path).of(Path(name))
    assert camera is not None
    return camera


def refused(path: Path, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        load_intrinsics(path)
    assert str(caught.value).startswith(f"{path}")
    assert "\n" not in str(caught.value)


def test_values_by_image_name(tmp_path):
    known = load_intrinsics(write(tmp_path, {"a.png": ENTRY}))
    assert known.by_name == {"a.png": KnownCamera(INTRINSICS, size=(64, 48))}
    assert known.for_all is None
    assert known
    assert not KnownIntrinsics()


def test_lookup_by_file_name_then_by_stem():
    first, second, third = (KnownCamera((focal, focal, 0.0, 0.0)) for focal in (1.0, 2.0, 3.0))
    known = KnownIntrinsics({"a.png": first, "a.jpg": second, "folder/b.png": third, "c.001": first})
    assert known.of(Path("x/a.jpg")) == second
    assert known.of(Path("b.webp")) == third
    assert known.of(Path("c.001.png")) == first
    assert known.of(Path("a.webp")) is None  # two images have that stem
    assert known.of(Path("d.png")) is None
    assert KnownIntrinsics(for_all=third).of(Path("d.png")) == third


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ("{", "not valid JSON"),
        ([], "names no images"),
        ({}, "names no images"),
        ({"a.png": 3}, "image 'a.png' has no object"),
        ({"a.png": {"fx": 1, "fy": 1, "cx": 1}}, "no usable number cy"),
        ({"a.png": {**ENTRY, "cx": "3"}}, "no usable number cx"),
        ({"a.png": {**ENTRY, "cx": True}}, "no usable number cx"),
        ({"a.png": {**ENTRY, "fy": float("nan")}}, "no usable number fy"),
        ({"a.png": {**ENTRY, "fy": 10**400}}, "no usable number fy"),
        ({"a.png": {**ENTRY, "fx": 0}}, "focal length is positive"),
        ({"a.png": {**ENTRY, "height": 0}}, "width and height in whole pixels"),
        ({"a.png": {**ENTRY, "camera_model": "FOV"}}, "camera model FOV, which is not known here"),
        ({"a.png": {**ENTRY, "k1": "a"}}, "no usable number k1"),
        ({"a.png": {**ENTRY, "camera_model": "OPENCV_FISHEYE", "p1": 0.1}}, "p1 = 0.1, which the model fisheye"),
        ({"a.png": {**ENTRY, "distortion": [1, 2, 3]}}, "has 3 distortion coefficients"),
        ({"a.png": {**ENTRY, "distortion": "k1"}}, "distortion that is no list"),
        ({"a.png": {"model": "OPENCV", "params": [1, 2]}}, "OPENCV has 8 parameters, not 2"),
        ({"frames": [{}]}, "frame 1 has no file_path"),
        ({"fl_x": 9, "w": 8, "h": 8, "k4": 1, "frames": [{"file_path": "a.png"}]}, "has a k4|has k4"),
    ],
)
def test_unusable_files_are_one_line_with_the_path(tmp_path, tree, reason):
    refused(write(tmp_path, tree), reason)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_intrinsics(tmp_path / "none.json")
    with pytest.raises(InputError, match="holds none of"):
        load_intrinsics(tmp_path)


@pytest.mark.parametrize(
    ("added", "model", "coefficients"),
    [
        ({"k1": -0.3, "p1": 0.01}, OPENCV, {"k1": -0.3, "p1": 0.01}),
        (
            {"distortion": [-0.3, 0.1, 0.01, 0.02, 0.5]},
            OPENCV,
            {"k1": -0.3, "k2": 0.1, "p1": 0.01, "p2": 0.02, "k3": 0.5},
        ),
        ({"distortion": {"model": "fisheye", "k2": 0.1}}, FISHEYE, {"k2": 0.1}),
        ({"camera_model": "OPENCV_FISHEYE", "k1": 0.1, "k4": 0.2}, FISHEYE, {"k1": 0.1, "k4": 0.2}),
        ({"is_fisheye": True}, FISHEYE, {}),
        ({"camera_model": "RADIAL", "k1": 0.1}, OPENCV, {"k1": 0.1}),
    ],
)
def test_distortion_in_json(tmp_path, added, model, coefficients):
    camera = the_camera(write(tmp_path, {"a.png": {**ENTRY, **added}}))
    assert camera.distortion == Distortion.of(model, coefficients)
    assert camera.lens(64, 48).intrinsics == INTRINSICS


@pytest.mark.parametrize("added", [{}, {"k1": 0, "k2": 0.0}, {"camera_model": "PINHOLE"}, {"distortion": [0, 0, 0, 0]}])
def test_without_distortion_it_is_a_pinhole(tmp_path, added):
    camera = the_camera(write(tmp_path, {"a.png": {**ENTRY, **added}}))
    assert camera.distortion is None
    assert camera.lens(64, 48) is None


def test_one_camera_for_all(tmp_path):
    assert the_camera(write(tmp_path, ENTRY), "any.png").intrinsics == INTRINSICS
    colmap = {"model": "SIMPLE_RADIAL", "width": 64, "height": 48, "params": [90.0, 32.0, 24.0, 0.1]}
    camera = the_camera(write(tmp_path, colmap))
    assert (camera.intrinsics, camera.size) == ((90.0, 90.0, 32.0, 24.0), (64, 48))
    assert camera.distortion == Distortion.of(OPENCV, {"k1": 0.1})


def test_transforms_of_nerfstudio(tmp_path):
    tree = {
        **{"camera_model": "OPENCV", "fl_x": 90.0, "fl_y": 91.0, "cx": 30.0, "cy": 20.0, "w": 64, "h": 48, "k1": 0.1},
        "frames": [{"file_path": "images/a.png", "transform_matrix": []}, {"file_path": "./b", "fl_x": 50.0}],
    }
    path = write(tmp_path, tree, "scene/transforms.json")
    assert the_camera(path).intrinsics == (90.0, 91.0, 30.0, 20.0)
    assert the_camera(path.parent).distortion == Distortion.of(OPENCV, {"k1": 0.1})
    assert the_camera(path, "b.jpg").intrinsics == (50.0, 91.0, 30.0, 20.0)
    assert load_intrinsics(path).of(Path("c.png")) is None


def test_transforms_with_an_angle_only(tmp_path):
    tree = {"camera_angle_x": math.radians(90), "w": 64, "h": 48, "frames": [{"file_path": "a"}]}
    assert the_camera(write(tmp_path, tree)).intrinsics == pytest.approx((32.0, 32.0, 32.0, 24.0))
    refused(write(tmp_path, {"camera_angle_x": 1.0, "frames": [{"file_path": "a"}]}), "no usable number fx")


MODELS = {
    "SIMPLE_PINHOLE": ("90 32 24", None),
    "PINHOLE": ("90 90 32 24", None),
    "SIMPLE_RADIAL": ("90 32 24 0.1", Distortion.of(OPENCV, {"k1": 0.1})),
    "RADIAL": ("90 32 24 0.1 0.2", Distortion.of(OPENCV, {"k1": 0.1, "k2": 0.2})),
    "OPENCV": ("90 90 32 24 0.1 0.2 0.3 0.4", Distortion.of(OPENCV, {"k1": 0.1, "k2": 0.2, "p1": 0.3, "p2": 0.4})),
    "FULL_OPENCV": (
        "90 90 32 24 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8",
        Distortion.of(OPENCV, {"k1": 0.1, "k2": 0.2, "p1": 0.3, "p2": 0.4, "k3": 0.5, "k4": 0.6, "k5": 0.7, "k6": 0.8}),
    ),
    "OPENCV_FISHEYE": (
        "90 90 32 24 0.1 0.2 0.3 0.4",
        Distortion.of(FISHEYE, {"k1": 0.1, "k2": 0.2, "k3": 0.3, "k4": 0.4}),
    ),
    "SIMPLE_RADIAL_FISHEYE": ("90 32 24 0.1", Distortion.of(FISHEYE, {"k1": 0.1})),
    "RADIAL_FISHEYE": ("90 32 24 0.1 0.2", Distortion.of(FISHEYE, {"k1": 0.1, "k2": 0.2})),
}


@pytest.mark.parametrize("model", MODELS)
def test_models_of_colmap(tmp_path, model):
    parameters, distortion = MODELS[model]
    camera = the_camera(write(tmp_path, f"# Camera list\n1 {model} 64 48 {parameters}\n", "cameras.txt"))
    assert (camera.intrinsics, camera.distortion, camera.size) == ((90.0, 90.0, 32.0, 24.0), distortion, (64, 48))


def test_images_of_colmap_have_their_cameras(tmp_path):
    write(tmp_path, "1 PINHOLE 64 48 90 90 32 24\n2 PINHOLE 64 48 50 50 32 24\n", "sparse/0/cameras.txt")
    pose = "1 0 0 0 0 0 0"
    lines = f"# comment\n7 {pose} 2 left/a b.png\n1.0 2.0 -1\n8 {pose} 1 c.png\n\n"
    write(tmp_path, lines, "sparse/0/images.txt")
    assert the_camera(tmp_path, "a b.png").intrinsics[0] == 50
    assert the_camera(tmp_path, "c.png").intrinsics[0] == 90
    write(tmp_path, f"7 {pose} 3 a.png\n\n", "sparse/0/images.txt")
    with pytest.raises(InputError, match="has camera 3, which is not beside it"):
        load_intrinsics(tmp_path)


def test_binary_files_of_colmap(tmp_path):
    parameters = (90.0, 32.0, 24.0, 0.1)
    (tmp_path / "cameras.bin").write_bytes(
        struct.pack("<Q", 2)
        + struct.pack("<IiQQ4d", 1, 2, 64, 48, *parameters)
        + struct.pack("<IiQQ3d", 5, 0, 64, 48, 50.0, 32.0, 24.0)
    )
    image = struct.pack("<I7dI", 3, 1, 0, 0, 0, 0, 0, 0, 5) + b"dir/a.png\0" + struct.pack("<Q", 1) + b"\0" * 24
    other = struct.pack("<I7dI", 4, 1, 0, 0, 0, 0, 0, 0, 1) + b"b.png\0" + struct.pack("<Q", 0)
    (tmp_path / "images.bin").write_bytes(struct.pack("<Q", 2) + image + other)
    assert the_camera(tmp_path, "a.png").intrinsics[0] == 50
    assert the_camera(tmp_path, "b.png").distortion == Distortion.of(OPENCV, {"k1": 0.1})
    (tmp_path / "images.bin").write_bytes(struct.pack("<Q", 2) + image)
    with pytest.raises(InputError, match="ends too early"):
        load_intrinsics(tmp_path)
    (tmp_path / "cameras.bin").write_bytes(struct.pack("<QIiQQ", 1, 1, 7, 64, 48))
    with pytest.raises(InputError, match="camera model FOV, which is not known"):
        load_intrinsics(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no cameras"),
        ("1 PINHOLE", "line 1 is no camera"),
        ("1 FOV 64 48 90 90 32 24 1\n", "camera model FOV, which is not known"),
        ("1 PINHOLE 64 48 90 90 32\n", "PINHOLE has 4 parameters, not 3"),
        ("1 PINHOLE 64 48 90 90 32 24\n2 PINHOLE 64 48 9 9 3 2\n", "has 2 cameras, and no images.txt"),
    ],
)
def test_unusable_cameras_of_colmap(tmp_path, text, reason):
    refused(write(tmp_path, text, "cameras.txt"), reason)


def write_opencv(path: Path, **values: object) -> Path:
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for name, value in values.items():
        storage.write(name, value)
    storage.release()
    return path


MATRIX = np.array([[90.0, 0, 31.5], [0, 91.0, 23.5], [0, 0, 1]])


@pytest.mark.parametrize("name", ["a.yml", "a.yaml", "a.xml"])
def test_calibrations_of_opencv_count_pixels_from_their_centers(tmp_path, name):
    vector = np.array([[-0.3, 0.1, 0.01, 0.02, 0.5]])
    path = write_opencv(
        tmp_path / name, image_width=64, image_height=48, camera_matrix=MATRIX, distortion_coefficients=vector
    )
    camera = the_camera(path)
    assert (camera.intrinsics, camera.size) == ((90.0, 91.0, 32.0, 24.0), (64, 48))
    assert camera.distortion == Distortion.of(OPENCV, {"k1": -0.3, "k2": 0.1, "p1": 0.01, "p2": 0.02, "k3": 0.5})


def test_fisheyes_of_opencv_and_ros(tmp_path):
    vector = np.array([0.1, 0.2, 0.3, 0.4])
    wanted = Distortion.of(FISHEYE, {"k1": 0.1, "k2": 0.2, "k3": 0.3, "k4": 0.4})
    path = write_opencv(tmp_path / "a.yml", fisheye_model=1, camera_matrix=MATRIX, distortion_coefficients=vector)
    assert the_camera(path).distortion == wanted
    text = (
        "image_width: 64\nimage_height: 48\ncamera_matrix:\n  rows: 3\n  cols: 3\n"
        "  data: [90.0, 0.0, 31.5, 0.0, 91.0, 23.5, 0.0, 0.0, 1.0]\ndistortion_model: equidistant\n"
        "distortion_coefficients:\n  rows: 1\n  cols: 4\n  data: [0.1, 0.2, 0.3, 0.4]\n"
    )
    camera = the_camera(write(tmp_path, text, "ros.yaml"))
    assert (camera.intrinsics, camera.distortion) == ((90.0, 91.0, 32.0, 24.0), wanted)


def test_unusable_calibrations(tmp_path):
    refused(write(tmp_path, "hello: [", "a.yaml"), "no YAML or XML of OpenCV")
    refused(write(tmp_path, "<x>", "a.xml"), "is not valid XML")
    refused(write(tmp_path, "%YAML:1.0\n---\nfoo: 3\n", "b.yaml"), "has no 3x3 camera_matrix")
    refused(write_opencv(tmp_path / "c.yml", camera_matrix=MATRIX.T), "transposed or has skew")
    refused(
        write_opencv(tmp_path / "d.yml", camera_matrix=MATRIX, distortion_coefficients=np.ones(7)),
        "has 7 distortion coefficients",
    )
    with pytest.raises(InputError, match="no such file"):
        load_intrinsics(tmp_path / "none.yaml")


def test_intrinsics_of_another_size_are_scaled():
    camera = KnownCamera((100.0, 101.0, 32.0, 24.0), Distortion.of(OPENCV, {"k1": 0.1}), (64, 48))
    half = camera.scale_to(32, 24)
    assert (half.intrinsics, half.size, half.distortion) == ((50.0, 50.5, 16.0, 12.0), (32, 24), camera.distortion)
    assert camera.scale_to(64, 48) is camera
    assert KnownCamera((1.0, 1.0, 1.0, 1.0)).scale_to(9, 9).intrinsics == (1.0, 1.0, 1.0, 1.0)
    assert KnownCamera((3.0, 3.0, 1.0, 1.0), size=(4032, 3024)).scale_to(1000, 751).size == (1000, 751)  # rounded


@pytest.mark.parametrize(("size", "word"), [((48, 64), "turned"), ((64, 64), "cropped"), ((600, 480), "cropped")])
def test_intrinsics_of_another_form_are_refused(size, word):
    camera = KnownCamera((100.0, 101.0, 32.0, 24.0), size=(64, 48), where="k.json: image 'a.png'")
    with pytest.raises(InputError, match=f"^k.json: image 'a.png' is for pictures of 64 x 48 pixels.*{word}"):
        camera.scale_to(*size)
