"""The segmenter of MediaPipe's networks, with networks that the test makes; no weights are downloaded."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from camera_estimation.cli.masks import main
from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.segmentation import _face_networks as networks
from camera_estimation.segmentation.categories import DEFAULT_CATEGORIES
from camera_estimation.segmentation.loading import create_segmenter, fetch_segmenter_weights
from camera_estimation.segmentation.names import segmenter_name
from camera_estimation.segmentation.picture import Picture
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.regions import region_masks
from camera_estimation.segmentation.segmenters import mediapipe as mediapipe_segmenter
from tests.support.masks import disc, overlap
from tests.support.tflite_files import TfliteNetwork

pytest.importorskip("flatbuffers")

SIZE = 256
BOX = 32.0  # pixels of the detector's 128 that the faces of the made network have
RADIUS = 40.0  # of their mesh, in its 192 pixels
FACE, BLUE = (255, 0, 255), (0, 0, 255)
SEEN = tuple(DEFAULT_CATEGORIES[name] for name in ("foreground", "face", "body", "hair"))


def write_networks(folder: Path) -> None:
    """People are blue, and a cell of the detector's grid that is red is a face."""
    people = TfliteNetwork(mediapipe_segmenter.SIDE)
    logit = people.convolve(0, "logit", np.array([0, 0, 20.0]).reshape(1, 1, 1, 3), np.array([-10.0]))
    people.write(folder / "selfie_segmentation.tflite", [people.squash(logit, "people")])

    detector = TfliteNetwork(networks.DETECTOR_SIDE)
    box = np.array([0, 0, BOX, BOX, -8, -8, 8, -8, *[0.0] * 8])
    boxes, scores = [], []
    for cells, each in networks.CELLS:
        size, count = networks.DETECTOR_SIDE // cells, each * cells**2
        same = detector.convolve(0, f"box{cells}", np.zeros((each * len(box), size, size, 3)), np.tile(box, each))
        boxes.append(detector.reshape(same, f"boxes{cells}", (1, count, len(box))))
        red = np.zeros((each, size, size, 3))
        red[0, ..., 0] = 20 / size**2 * (cells == networks.CELLS[0][0])
        logit = detector.convolve(0, f"score{cells}", red, np.full(each, -10.0))
        scores.append(detector.reshape(logit, f"scores{cells}", (1, count, 1)))
    outputs = [detector.concatenate(boxes, networks.BOXES), detector.concatenate(scores, networks.SCORES)]
    detector.write(folder / "face_detection_short_range.tflite", outputs)

    mesh = TfliteNetwork(networks.MESH_SIDE)
    angle = np.linspace(0, 2 * np.pi, 468, endpoint=False)
    points = np.stack([96 + RADIUS * np.cos(angle), 96 + RADIUS * np.sin(angle), np.zeros(468)], axis=-1).reshape(-1)
    mean = mesh.average(0, "mean")
    found = mesh.convolve(mean, networks.POINTS, np.zeros((len(points), 1, 1, 3)), points)
    sure = mesh.convolve(mean, networks.PRESENCE, np.zeros((1, 1, 1, 3)), np.array([10.0]))
    mesh.write(folder / "face_landmark.tflite", [found, sure])


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder of the networks, and no other."""
    monkeypatch.setenv("CAMERA_ESTIMATION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(mediapipe_segmenter, "find_spec", lambda name: None)
    monkeypatch.setattr(networks, "SHARES", (1.0,))
    return tmp_path / "cache" / mediapipe_segmenter.FOLDER


def draw_people(*columns: int) -> np.ndarray:
    """On black, each with the face in the cell of the detector that begins at this column, in the fifth row."""
    rgb = np.zeros((SIZE, SIZE, 3), dtype=np.uint8)
    for column in columns:
        rgb[16:240, column - 32 : column + 48] = BLUE
        rgb[64:80, column : column + 16] = FACE
    return rgb


def picture(rgb: np.ndarray, *prompts: Prompt) -> Picture:
    return Picture(Path("made.png"), rgb, prompts={"foreground": prompts} if prompts else {})


def face_at(column: int, row: int = 64) -> np.ndarray:
    """The circle that the made network lays about a cell's middle: in 1.5 of its boxes of 64 pixels there are 192."""
    return disc(SIZE, SIZE, (column + 7.5, row + 7.5), RADIUS * networks.SEEN * 2 * BOX / networks.MESH_SIDE)


def test_one_person(home):
    write_networks(home)
    rgb = draw_people(96)
    found = region_masks(picture(rgb), create_segmenter("mediapipe"), SEEN)
    person = (rgb[..., 2] > 0).astype(float)
    assert overlap(found.masks["foreground"], person) > 0.98
    assert overlap(found.masks["face"], face_at(96)) > 0.93
    assert overlap(found.masks["body"], person * (1 - face_at(96))) > 0.97
    assert set(found.masks) == {"foreground", "face", "body"}
    assert found.unsought == ("hair",)


def test_several_people_have_numbers_from_left_to_right(home):
    write_networks(home)
    masks = region_masks(picture(draw_people(176, 48)), create_segmenter("mediapipe"), SEEN).masks
    for number, column in ((1, 48), (2, 176)):
        assert overlap(masks[f"face_{number}"], face_at(column)) > 0.93
        person = np.zeros((SIZE, SIZE))
        person[16:240, column - 32 : column + 48] = 1
        assert overlap(masks[f"person_{number}"], person) > 0.95
        assert overlap(masks[f"body_{number}"], person * (1 - face_at(column))) > 0.95
    assert np.allclose(masks["face"], np.maximum(masks["face_1"], masks["face_2"]))


def test_faces_are_sought_where_people_are(home):
    write_networks(home)
    rgb = draw_people(96)
    rgb[..., 2] = 0
    found = create_segmenter("mediapipe").segment(picture(rgb), SEEN)
    assert found["face"] == ()
    assert found["foreground"][0].max() < 0.1


def test_a_box_says_who_is_meant(home):
    write_networks(home)
    segmenter = create_segmenter("mediapipe")
    found = segmenter.segment(picture(draw_people(176, 48), Prompt((140, 8, 230, 250))), SEEN)
    assert found["foreground"][0][:, :120].max() == 0
    with pytest.raises(InputError, match="uses one box an image; for points, --segmenter sam2"):
        segmenter.segment(picture(draw_people(96), Prompt(points=((3, 3),))), SEEN)


def test_large_and_oblong_pictures(home):
    write_networks(home)
    rgb = np.zeros((2 * SIZE, 8 * SIZE, 3), dtype=np.uint8)
    rgb[:, 800:1400] = BLUE
    rgb[128:256, 1024:1152] = FACE  # the cell of the square about it, of 2048 pixels
    (face,) = create_segmenter("mediapipe").segment(picture(rgb), SEEN)["face"]
    columns = np.flatnonzero(face.max(0) > 0.5)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(1088, abs=4)


def test_faces_are_sought_in_squares_of_each_size():
    people = np.zeros((100, 200), dtype=np.float32)
    assert list(networks._windows(people)) == []
    people[:] = 1
    windows = list(networks._windows(people))
    assert windows[0] == (0, -50, 200)
    assert {side for *_, side in windows} == {200, 100, 50}
    seen = np.zeros(people.shape, dtype=bool)
    for left, top, side in (window for window in windows if window[2] == 50):
        seen[top : top + side, left : left + side] = True
    assert seen.all()


def test_the_command_line_writes_regions(home, tmp_path):
    write_networks(home)
    images = tmp_path / "images"
    images.mkdir()
    Image.fromarray(draw_people(96)).save(images / "photo.png")
    folders = ["--source_images_dir", str(images), "--output_dir", str(tmp_path / "masks")]
    result = CliRunner().invoke(main, ["--segmenter", "mediapipe", *folders])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "masks" / "photo_masks.safetensors").is_file()


def test_missing_weights(home):
    with pytest.raises(MissingWeightsError) as caught:
        create_segmenter("mediapipe")
    assert "camera-masks --segmenter mediapipe --fetch_weights" in str(caught.value)
    assert f"into {home}" in str(caught.value)


def test_damaged_weights(home):
    write_networks(home)
    (home / "face_landmark.tflite").write_bytes(b"none")
    with pytest.raises(InputError, match=r"cannot be loaded .*; delete it and fetch it again"):
        create_segmenter("mediapipe")


def test_weights_are_from_the_package(home, monkeypatch):
    """Through pip; a stand-in makes the wheel."""
    write_networks(home)
    made = {name: (home / Path(name).name).read_bytes() for name in mediapipe_segmenter.FILES}
    for name in made:
        (home / Path(name).name).unlink()

    def download(command: list[str], **_) -> subprocess.CompletedProcess:
        assert command[-1] == mediapipe_segmenter.PACKAGE
        with zipfile.ZipFile(Path(command[-2]) / "made.whl", "w") as wheel:
            for name, content in made.items():
                wheel.writestr(f"mediapipe/modules/{name}", content)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", download)
    with pytest.raises(InputError, match="is another than is known"):
        fetch_segmenter_weights(segmenter_name("mediapipe"))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    monkeypatch.setattr(mediapipe_segmenter, "FILES", sums)
    assert fetch_segmenter_weights(segmenter_name("mediapipe")) == home
    assert create_segmenter("mediapipe").version.startswith("1 ")


def test_a_download_that_fails(home, monkeypatch):
    def refuse(command: list[str], **_) -> subprocess.CompletedProcess:
        return subprocess.CompletedProcess(command, 1, "", "ERROR: no connection")

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(InputError, match=r"cannot be downloaded \(ERROR: no connection\); or put "):
        fetch_segmenter_weights(segmenter_name("mediapipe"))
