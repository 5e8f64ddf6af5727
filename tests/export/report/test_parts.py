"""Pictures, meshes and words of the page: as large as there is room, and true to what they are of."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.export.report._model import mesh_copy
from camera_estimation.export.report._pictures import encode_pictures, encode_source
from camera_estimation.export.report._sample_values import sample_values, split_failure, warnings_of
from camera_estimation.export.report.collector import ALL_MESHES, ALL_PICTURES, ReportCollector
from camera_estimation.mesh.loading import load_mesh
from tests.support.small_samples import write_box


def decode(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def disc(height: int, width: int, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return ((rows - height / 2) ** 2 + (columns - width / 2) ** 2 < radius**2).astype(np.uint8) * 255


def drawn(height: int, width: int, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mask = disc(height, width, radius)
    source = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return source, np.dstack([source, mask]), mask


@pytest.mark.parametrize(("height", "width"), [(300, 4000), (4000, 300), (30, 40), (600, 800)])
@pytest.mark.parametrize("room", [5_000, 24_000, 110_000])
def test_pictures_keep_to_their_room_and_their_shape(height, width, room):
    """Noise, which nothing compresses."""
    pictures = encode_pictures(*drawn(height, width, 0.6 * max(height, width)), room)
    assert pictures.size <= 1.02 * room
    assert pictures.window == (0, 0, 1, 1)
    source, render, mask = map(decode, (pictures.source, pictures.render, pictures.mask))
    assert source.width / source.height == pytest.approx(width / height, rel=0.3)
    assert np.asarray(render.convert("RGBA"))[render.height // 2, render.width // 2, 3] == 255
    assert mask.getbbox() is not None


def test_a_small_object_is_shown_large():
    pictures = encode_pictures(*drawn(600, 800, 30), 50_000)
    left, top, right, bottom = pictures.window
    assert (right - left) * 800 < 120
    mask = np.asarray(decode(pictures.mask))
    expected = disc(600, 800, 30)[round(600 * top) : round(600 * bottom), round(800 * left) : round(800 * right)]
    assert (mask == (expected > 0)).all()
    assert encode_source(np.zeros((20, 30, 3), np.uint8), 5000).window == (0, 0, 1, 1)


def test_the_rim_of_a_small_render_keeps_its_color():
    """Where nothing is drawn is no black that bleeds in."""
    mask = disc(900, 900, 300)
    render = np.dstack([*(np.where(mask, level, 0).astype(np.uint8) for level in (200, 150, 100)), mask])
    shown = np.asarray(decode(encode_pictures(render[..., :3].copy(), render, mask, 24_000).render).convert("RGBA"))
    rim = shown[(shown[..., 3] > 60) & (shown[..., 3] < 250)][:, :3].astype(int)
    assert len(rim) > 100
    assert np.abs(np.median(rim, axis=0) - (200, 150, 100)).max() < 8


def test_a_mesh_is_what_it_was(tmp_path):
    mesh = load_mesh(write_box(tmp_path / "box.glb"))
    copy = mesh_copy(mesh, 100_000)
    positions = np.frombuffer(base64.b64decode(copy["positions"]), "<u2").reshape(-1, 3) / 65535 * 2 - 1
    (part,) = copy["parts"]
    triangles = np.frombuffer(base64.b64decode(part["indices"]), "<u4").reshape(-1, 3)
    assert np.abs(positions[triangles] - mesh.vertices[mesh.faces.long()].numpy()).max() < 1e-4
    colors = np.frombuffer(base64.b64decode(copy["colors"]), np.uint8).reshape(-1, 3)
    assert np.abs(colors / 255 - mesh.vertex_colors.numpy()).max() < 1 / 255
    assert torch.allclose(torch.tensor(copy["center"]).double(), mesh.center)


@pytest.mark.parametrize("count", [1, 300, 2000, 100_000])
def test_the_page_never_grows_beyond_its_bound(count):
    collector = ReportCollector(count, count)
    assert collector._picture_room * min(count, collector._most_pictured) <= ALL_PICTURES
    assert collector._mesh_room * min(count, collector._most_meshes) <= ALL_MESHES


def test_a_sample_without_room_has_no_pictures():
    collector = ReportCollector(2, 1)
    collector._most_pictured = 1
    for name in ("a", "b"):
        collector.add(name, *drawn(30, 40, 10))
    assert list(collector.pictures) == ["a"]


def test_failures_are_split_into_reason_and_remedy():
    assert split_failure("a.png: is broken; copy it again; or not") == ("a.png: is broken", "copy it again; or not")
    assert split_failure("internal error: KeyError: 'x'; y")[0] == "internal error: KeyError: 'x'; y"
    assert split_failure("odd")[1]


def test_warnings_name_what_is_wrong():
    entry = {
        "ambiguous": True,
        "occluded": True,
        "deformation": 0.031,
        "mask": "inverted",
        "focal": {"source": "assumed"},
        "keypoints": {"error": [1.0, None, 2.0], "rejected": [False, True, True], "mean_error": 1.0},
    }
    told = " ".join(warnings_of(entry))
    for words in ("Another pose", "hidden", "3.1%", "turned round", "--fov_deg", "2 of 3 keypoints"):
        assert words in told
    assert warnings_of({"mask": "given", "focal": {"source": "intrinsics"}, "deformation": 0.0}) == []


def test_numbers_are_short():
    entry = {"name": "a", "mesh": "m", "image": "i", "status": "ok", "fx": 1 / 3, "world_to_camera": [[2 / 3]]}
    values = sample_values(entry)
    assert values["fx"] == 0.3333333
    assert values["world_to_camera"] == [[0.6666667]]


def test_the_overlay_of_a_bent_mesh_is_one_more_picture_in_the_same_room(tmp_path):
    source, render, mask = drawn(300, 400, 100)
    noise, source = source, np.full_like(source, 90)
    (tmp_path / "bent").mkdir()
    Image.new("RGB", (400, 300), (250, 10, 10)).save(tmp_path / "bent" / "overlay_bent.png")
    collector = ReportCollector(2, 1)
    collector.add("bent", source, render, mask, tmp_path / "bent")
    collector.add("stiff", source, render, mask, tmp_path / "stiff")
    bent, stiff = collector.pictures["bent"], collector.pictures["stiff"]
    assert stiff.bent == ""
    shown = decode(bent.bent)
    assert shown.size == decode(bent.source).size
    assert np.abs(np.asarray(shown.convert("RGB")).reshape(-1, 3).mean(0) - (250, 10, 10)).max() < 6
    assert encode_pictures(noise, render, mask, 20_000, noise).size <= 1.05 * 20_000
