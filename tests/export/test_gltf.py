"""glTF scenes: read back, checked by the Khronos validator, and seen by Blender."""

from __future__ import annotations

import io
import json
import math
import shutil
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.export import create_exporter
from camera_estimation.export._pinhole_pictures import pinhole_pixels
from camera_estimation.geometry import Distortion, Lens
from camera_estimation.mesh import load_mesh
from tests.support.exported_scenes import needs_blender, odd_camera, overlap, posed_image, silhouette

VALIDATE = """
const fs = require('fs');
require('gltf-validator').validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])))
  .then(report => console.log(JSON.stringify(report.issues)));
"""
IMPORT = Path(__file__).parents[1] / "support" / "blender_import.py"
ALIKE = 0.995


def has_validator() -> bool:
    node = shutil.which("node")
    return (
        node is not None
        and subprocess.run([node, "-e", "require('gltf-validator')"], capture_output=True).returncode == 0
    )


needs_validator = pytest.mark.skipif(
    not has_validator(), reason="the Khronos validator is not here: npm install gltf-validator, NODE_PATH=node_modules"
)


def tree_of(path: Path) -> tuple[dict, bytes]:
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    return json.loads(content[20 : 20 + length]), content[28 + length :]


def numbers(tree: dict, binary: bytes, accessor: int) -> np.ndarray:
    described = tree["accessors"][accessor]
    columns = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[described["type"]]
    view = tree["bufferViews"][described["bufferView"]]
    return np.frombuffer(binary, "<f4", described["count"] * columns, view["byteOffset"]).reshape(-1, columns)


def node_of(tree: dict, name: str) -> dict:
    return next(node for node in tree["nodes"] if node.get("name", "").startswith(name))


def matrix_of(node: dict) -> np.ndarray:
    from trimesh.transformations import quaternion_matrix, translation_matrix

    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    turned = translation_matrix(node["translation"]) @ quaternion_matrix([w, x, y, z])
    return turned @ np.diag([*node.get("scale", (1, 1, 1)), 1])


def validate(path: Path) -> dict:
    done = subprocess.run(["node", "-e", VALIDATE, path], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def images(ball, tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    other = odd_camera(90, 150, direction=(-0.7, 0.1, -0.5), roll_deg=-70, aspect=0.8, offset=(0.0, 0.0))
    return [posed_image(folder, "wide", ball, odd_camera(160, 120)), posed_image(folder, "tall", ball, other)]


@pytest.fixture(scope="module")
def scene(images, tmp_path_factory):
    exporter = create_exporter("gltf")
    (path,) = exporter.write(images, tmp_path_factory.mktemp("export"))
    return path, exporter


@pytest.fixture(scope="module")
def moving(ball, tmp_path_factory):
    """Three moments of a camera that zooms."""
    folder = tmp_path_factory.mktemp("moving")
    cameras = [odd_camera(96, 64, direction=(place - 1.0, 0.4, 1.0)) for place in range(3)]
    cameras[1] = replace(cameras[1], focal=1.2 * cameras[1].focal)
    frames = [
        posed_image(folder, f"f{place}", ball, camera, entry={"start": "neighbour", "time_s": 0.25 * place})
        for place, camera in enumerate(cameras)
    ]
    exporter = create_exporter("gltf")
    (path,) = exporter.write(frames, folder / "export")
    return frames, path, exporter


def test_photographs_fill_their_part_of_the_view(images, scene):
    """The corners of a picture, through its plane and the camera's pose, are where its corner pixels look."""
    tree, _ = tree_of(scene[0])
    for image in images:
        node = node_of(tree, image.name)
        pose = matrix_of(node)
        plane = pose @ matrix_of(tree["nodes"][node["children"][0]])
        corners = np.array([[-0.5, 0.5, 0, 1], [0.5, 0.5, 0, 1], [0.5, -0.5, 0, 1]]) @ plane.T
        pixels, depth = image.camera.project(torch.tensor(corners[None, :, :3]))
        width, height = image.camera.width, image.camera.height
        np.testing.assert_allclose(pixels[0], [[0, 0], [width, 0], [width, height]], atol=1e-6)
        assert float(depth.min()) > float(
            image.camera.rotation[0, 2] @ image.mesh.center + image.camera.translation[0, 2]
        )


def test_a_frame_that_is_wider_says_so(images, scene):
    tree, _ = tree_of(scene[0])
    wide, tall = (node_of(tree, image.name) for image in images)
    assert wide["name"] == "wide (wider than the picture)"
    assert tall["name"] == "tall"
    assert wide["extras"]["cx"] == images[0].camera.principal_point[0, 0].item()
    perspective = tree["cameras"][wide["camera"]]["perspective"]
    cx, fy = wide["extras"]["cx"], wide["extras"]["fy"]
    assert perspective["aspectRatio"] == pytest.approx(
        2 * cx / wide["extras"]["fx"] / (wide["extras"]["frame_height"] / fy)
    )
    assert perspective["yfov"] == pytest.approx(2 * math.atan(wide["extras"]["frame_height"] / 2 / fy))
    (line,) = scene[1].remarks
    assert "no principal point" in line


def test_the_mesh_is_read_back_with_its_texture(ball, scene):
    """Planes are of the file too; the first triangles are the mesh's."""
    tree, _ = tree_of(scene[0])
    before, _ = tree_of(ball.path)
    for kind in ("meshes", "materials", "images", "nodes"):
        assert tree[kind][: len(before[kind])] == before[kind]
    found = load_mesh(scene[0])
    assert len(found.faces) == len(ball.faces) + 2 * 2


def test_textures_are_the_photographs(images, scene):
    tree, binary = tree_of(scene[0])
    view = tree["bufferViews"][next(item for item in tree["images"] if item.get("name") == "wide")["bufferView"]]
    stored = Image.open(io.BytesIO(binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]))
    expected = np.asarray(Image.open(images[0].image_path), dtype=float)
    assert np.abs(np.asarray(stored, dtype=float) - expected).mean() < 4


def test_a_sequence_moves_one_camera(moving):
    frames, path, exporter = moving
    tree, binary = tree_of(path)
    (animation,) = tree["animations"]
    channels = {(channel["target"]["node"], channel["target"]["path"]): channel for channel in animation["channels"]}
    node = next(index for index, node in enumerate(tree["nodes"]) if "camera" in node)

    def values(path_name: str) -> tuple[np.ndarray, np.ndarray]:
        sampler = animation["samplers"][channels[node, path_name]["sampler"]]
        return numbers(tree, binary, sampler["input"]), numbers(tree, binary, sampler["output"])

    times, places = values("translation")
    _, turns = values("rotation")
    np.testing.assert_allclose(times[:, 0], [0.0, 0.25, 0.5])
    for frame, place, turn in zip(frames, places, turns, strict=True):
        np.testing.assert_allclose(place, frame.camera.center[0], atol=1e-5)
        pose = matrix_of({"translation": place, "rotation": turn.tolist()})
        np.testing.assert_allclose(-pose[:3, 2], frame.camera.rotation[0, 2], atol=1e-5)
    shown = [channels[child, "scale"] for child in tree["nodes"][node]["children"]]
    assert [len(numbers(tree, binary, animation["samplers"][each["sampler"]]["input"])) for each in shown] == [2, 3, 2]
    assert any("cannot zoom" in line for line in exporter.remarks)


@needs_validator
def test_the_validator_has_no_error(scene, moving, images, ball, tmp_path):
    other = replace(images[0], mesh_path=tmp_path / "elsewhere.ply", read_mesh=lambda: ball)
    (path,) = create_exporter("gltf", pixels="32").write([other], tmp_path)
    for file in (scene[0], moving[1], path):
        issues = validate(file)
        assert issues["numErrors"] == issues["numWarnings"] == 0, issues["messages"]


@needs_validator
def test_the_validator_takes_canonical_files(images, tmp_path):
    (path,) = create_exporter("canonical").write(images[:1], tmp_path)
    assert validate(path)["numErrors"] == 0


@needs_blender
@pytest.mark.slow
@pytest.mark.parametrize("exporter", ["gltf", "canonical"])
def test_blender_sees_the_same_through_the_cameras(exporter, images, ball, tmp_path):
    """The picture's part of the frame, cut out of what Blender renders through the camera of the file."""
    (path,) = create_exporter(exporter).write(images[:1], tmp_path)
    camera = images[0].camera
    subprocess.run([sys.executable, IMPORT, path, tmp_path / "seen.png"], check=True, capture_output=True)
    frame = json.loads((tmp_path / "seen.json").read_text())
    rendered = Image.open(tmp_path / "seen.png")
    left, top = -frame["frame_left"], -frame["frame_top"]
    part = rendered.crop((round(left), round(top), round(left) + camera.width, round(top) + camera.height))
    assert overlap(np.asarray(part)[..., 3] >= 128, silhouette(ball, camera)) > ALIKE


def test_distorted_pictures_are_undistorted(ball, tmp_path):
    """A point of the picture is where the pinhole sees what the lens saw there."""
    camera = odd_camera(160, 120, aspect=1.0, offset=(0.05, 0.0))
    values = (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())
    lens = Lens(values, Distortion.of("opencv", {"k1": -0.25, "k2": 0.05}), 160, 120)
    image = posed_image(tmp_path, "bent", ball, camera, lens=lens)
    exporter = create_exporter("gltf")
    exporter.write([image], tmp_path / "export")
    assert any("as a pinhole of the same focal length shows them" in line for line in exporter.remarks)
    direction = torch.tensor([[0.3, -0.2, 1.0]], dtype=torch.float64)
    source = lens.project(direction)[0]
    straight = direction[0, :2] * camera.focal[0] + camera.principal_point[0]
    shown, before = pinhole_pixels(image), np.asarray(Image.open(image.image_path))
    found = shown[int(straight[1]), int(straight[0]), :3].astype(int)
    assert np.abs(found - before[int(source[1]), int(source[0])].astype(int)).max() <= 4
    assert float((source - straight).norm()) > 2


def test_what_a_pinhole_does_not_show_is_told(ball, tmp_path):
    """A fisheye that sees the object where a pinhole of its focal length has no picture any more."""
    camera = odd_camera(160, 120, aspect=1.0, offset=(0.05, 0.0))
    camera = replace(camera, translation=camera.translation + torch.tensor([[4.0, 0.0, -2.5]], dtype=torch.float64))
    values = (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())
    lens = Lens(values, Distortion.of("fisheye", {"k1": 0.0}), 160, 120)
    exporter = create_exporter("gltf")
    exporter.write([posed_image(tmp_path, "beside", ball, camera, lens=lens)], tmp_path / "export")
    assert "beside: such a pinhole does not show the middle of the object" in exporter.remarks


@pytest.mark.parametrize("pixels", ["0", "many", "-3"])
def test_a_size_that_is_none_is_refused(images, tmp_path, pixels):
    with pytest.raises(InputError, match="give a number of pixels"):
        create_exporter("gltf", pixels=pixels).write(images, tmp_path)
